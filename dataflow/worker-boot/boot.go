//go:build never

// Package boot names the program, so that go mod tidy keeps its dependencies. A tool directive would require Go 1.24.
package boot

import _ "github.com/apache/beam/sdks/v2/typescript/container"
