package config

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"ofsplan/internal/source"
)

// usualCheck is how long a check may take when nobody says.
const usualCheck = 30 * time.Second

// checkNames is what a check may be called: a plan names it so.
var checkNames = source.Pattern(`^[a-z][a-z0-9_-]{0,59}$`)

// checks reads the commands that a plan can ask.
func (rd *targetsReader) checks(t *Target, m source.Map) {
	for _, f := range m.Mapping("checks", "*").Fields() {
		what := fmt.Sprintf("check %s of target %s", quoted(f.Key), quoted(t.Name))
		if !checkNames().MatchString(f.Key) {
			rd.r.Add(f.KeyPos, "a check cannot be called %q", f.Key).Hint = "use small letters, digits, - and _, a letter first"
		}
		c := rd.r.Mapping(f.Value, what, checkKeys...)
		c.Require("command")
		one := CheckCommand{Pos: f.KeyPos, Timeout: c.Duration("timeout", usualCheck)}
		if n := c.Get("command"); n != nil {
			one.Command = rd.program(n, `"command" of `+what)
		}
		if one.Timeout <= 0 {
			rd.r.Add(c.Get("timeout").Pos, `"timeout" of %s must be longer than nothing`, what)
		}
		if t.Checks == nil {
			t.Checks = make(map[string]CheckCommand)
		}
		t.Checks[f.Key] = one
	}
}

// program reads a program and its arguments. A program that is named by a relative path is relative to the targets file.
func (rd *targetsReader) program(n *source.Node, what string) []string {
	if n.Is(source.Scalar) {
		rd.r.Add(n.Pos, "%s must be a list: the program, then its arguments, one by one", what).Hint = "no shell reads it: write [/opt/checks/landed, --feed, txn]"
		return nil
	}
	var words []string
	for _, item := range rd.r.List(n, what, true) {
		if word := rd.r.Scalar(item, "a word of "+what); word != nil {
			words = append(words, word.Value)
		}
	}
	switch {
	case len(words) == 0 || words[0] == "":
		if len(n.Items) == 0 || len(words) > 0 {
			rd.r.Add(n.Pos, "%s names no program", what)
		}
		return nil
	case strings.ContainsRune(words[0], filepath.Separator):
		if words[0] = rd.resolve(words[0], n); !strings.ContainsRune(words[0], filepath.Separator) {
			words[0] = "." + string(filepath.Separator) + words[0] // not to be looked for in $PATH
		}
	}
	return words
}
