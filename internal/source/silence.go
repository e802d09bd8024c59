package source

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// An Ignore is a comment that silences a warning: "# ofsplan:ignore W012 reason". It is about its own line or, when the line holds
// nothing else, about the next line that is not a comment. Without a reason it silences nothing.
type Ignore struct {
	Pos    // of the comment
	ID     string
	Reason string
	line   int // which it is about
}

// silences reports whether it is about a warning of its file.
func (i Ignore) silences(e *Error) bool {
	return i.Reason != "" && e.ID == i.ID && e.Line == i.line && e.File == i.File
}

const ignoreWord = "# ofsplan:ignore "

// Ignores lists such comments of a file.
func Ignores(file string, data []byte) []Ignore {
	text := string(data)
	if !strings.Contains(text, ignoreWord) {
		return nil
	}
	var all []Ignore
	number, settled := 0, 0 // settled: how many know which line they are about
	for line := range strings.Lines(text) {
		number++
		if before, comment, found := strings.Cut(line, ignoreWord); found {
			id, reason, _ := strings.Cut(strings.TrimSpace(comment), " ")
			all = append(all, Ignore{Pos{file, number, 1 + utf8.RuneCountInString(before)}, id, strings.TrimSpace(reason), 0})
		}
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		for ; settled < len(all); settled++ {
			all[settled].line = number
		}
	}
	return all
}

// Silence returns the warnings that the file, which is so named in their places, does not silence by an [Ignore]. Errors, which have
// no ID, are never silenced.
func (e Errors) Silence(file string, data []byte) Errors {
	if len(e) == 0 {
		return e
	}
	all := Ignores(file, data)
	if len(all) == 0 {
		return e
	}
	about := make(map[int][]Ignore)
	for _, i := range all {
		about[i.line] = append(about[i.line], i)
	}
	return slices.DeleteFunc(slices.Clone(e), func(one *Error) bool {
		return one.ID != "" && slices.ContainsFunc(about[one.Line], func(i Ignore) bool { return i.silences(one) })
	})
}

// Idle lists the comments of a file that silence none of these warnings.
func (e Errors) Idle(file string, data []byte) []Ignore {
	all := Ignores(file, data)
	if len(all) == 0 {
		return nil
	}
	at := make(map[int][]*Error)
	for _, one := range e {
		at[one.Line] = append(at[one.Line], one)
	}
	return slices.DeleteFunc(all, func(i Ignore) bool { return slices.ContainsFunc(at[i.line], i.silences) })
}
