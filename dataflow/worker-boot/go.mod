// Pins the boot program of Beam's TypeScript workers: of the version of the SDK, and so of its image.
module iex-stream/worker-boot

go 1.19

require github.com/apache/beam/sdks/v2 v2.49.0

require (
	github.com/golang/protobuf v1.5.3 // indirect
	golang.org/x/net v0.11.0 // indirect
	golang.org/x/sys v0.9.0 // indirect
	golang.org/x/text v0.10.0 // indirect
	google.golang.org/genproto/googleapis/rpc v0.0.0-20230530153820-e85fd2cbaebc // indirect
	google.golang.org/grpc v1.56.1 // indirect
	google.golang.org/protobuf v1.31.0 // indirect
)
