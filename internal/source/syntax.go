package source

import (
	"regexp"
	"strings"
)

// syntax turns the library's error into one with a place.
func syntax(t *text, err error) *Error {
	return &Error{Pos: Pos{t.file, 1, 1}, Msg: "not valid YAML: " + strings.TrimPrefix(err.Error(), "yaml: ")}
}

var _ = regexp.MustCompile
