//go:build never

// Package prism names the program, so that go mod tidy keeps what it is made of.
package prism

import _ "github.com/apache/beam/sdks/v2/go/cmd/prism"
