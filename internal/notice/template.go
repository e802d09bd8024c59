package notice

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/template"
)

// maxBody is how long a message may be once it is filled in, in bytes.
const maxBody = 64 << 10

// A Template is a text of Go's text/template with the fields of a [Message] and one function of ours: json, which writes a value
// as JSON does, quotes included.
type Template struct{ t *template.Template }

// Parse reads a template and tries it. The error says which field or function is not known.
func Parse(text string) (*Template, error) {
	t, err := template.New("template").Option("missingkey=error").Funcs(template.FuncMap{"json": toJSON}).Parse(text)
	if err != nil {
		return nil, reason(err)
	}
	out := &Template{t}
	if _, err := out.fill(sample); err != nil {
		return nil, err
	}
	return out, nil
}

// ParseJSON is Parse of a template that has to make JSON whatever the message holds.
func ParseJSON(text string) (*Template, error) {
	t, err := Parse(text)
	if err != nil {
		return nil, err
	}
	if filled, _ := t.fill(sample); !json.Valid([]byte(filled)) {
		return nil, errors.New("what it makes is no JSON when a text holds a quote or a line break: write {{json .Text}}, without quotes around it")
	}
	return t, nil
}

// fill writes the message.
func (t *Template) fill(m Message) (string, error) {
	var b strings.Builder
	if err := t.t.Execute(&limited{&b, maxBody}, m); err != nil {
		return "", reason(err)
	}
	return b.String(), nil
}

// reason is an error of the template without the library's name for it.
func reason(err error) error {
	text := err.Error()
	for _, lead := range []string{"template: template:", "template: "} {
		text = strings.TrimPrefix(text, lead)
	}
	return fmt.Errorf("line %s", text)
}

func toJSON(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

// limited takes so many bytes and no more.
type limited struct {
	w    io.Writer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, fmt.Errorf("what it makes is longer than %d KiB", maxBody>>10)
	}
	return l.w.Write(p)
}
