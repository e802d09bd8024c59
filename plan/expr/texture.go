package expr

import (
	"slices"
	"strings"
	"time"

	"ofsplan/internal/source"
	"ofsplan/plan/calendar"
)

// A texture is what is known of a text before the night: which texts it can be, as far as that is known. The zero
// texture is that of any text.
type texture struct {
	words []string               // the only ones; nil: there is no such list
	fits  func(text string) bool // whether it can be that one; nil: it can be any of words, or any at all
	near  func() []string        // some of those that it can be, to suggest one; nil: words
}

// any reports whether nothing is known of it.
func (t texture) any() bool { return t.words == nil && t.fits == nil }

// can reports whether it can be that text.
func (t texture) can(text string) bool {
	return (t.words == nil || slices.Contains(t.words, text)) && (t.fits == nil || t.fits(text))
}

// apart reports whether it and another can never be the same text.
func (t texture) apart(u texture) bool {
	if t.words == nil {
		t, u = u, t
	}
	return t.words != nil && !slices.ContainsFunc(t.words, func(word string) bool { return t.can(word) && u.can(word) })
}

// through is the texture of what f makes of it. What f has made, f leaves as it is.
func (t texture) through(f func(string) string) texture {
	if t.words == nil {
		return texture{fits: func(text string) bool { return f(text) == text }}
	}
	out := texture{words: make([]string, 0, len(t.words))}
	for _, word := range t.words {
		if word = f(word); !slices.Contains(out.words, word) {
			out.words = append(out.words, word)
		}
	}
	return out
}

// with is the texture of a choice between it and another.
func (t texture) with(u texture) texture {
	switch {
	case t.any() || u.any():
		return texture{}
	case t.fits == nil && u.fits == nil:
		all := slices.Clone(t.words)
		for _, word := range u.words {
			if !slices.Contains(all, word) {
				all = append(all, word)
			}
		}
		return texture{words: all}
	}
	return texture{fits: func(text string) bool { return t.can(text) || u.can(text) }}
}

// hint says what was meant by a text that it can never be.
func (t texture) hint(text string) string {
	switch {
	case t.words == nil && t.near == nil:
		return ""
	case t.words == nil:
		return source.Meant(text, t.near())
	}
	better := source.Suggest(text, t.words)
	for _, one := range t.words { // "sucess" is far from "succeeded", but means nothing else
		if begin := 3; better == "" && len(text) >= begin && strings.HasPrefix(strings.ToLower(one), strings.ToLower(text[:begin])) {
			better = one
		}
	}
	if better != "" {
		return `did you mean "` + better + `"?`
	}
	return oneOf(t.words)
}

// oneOf is the hint that something is one of these words.
func oneOf(words []string) string {
	words = slices.Clone(words)
	for i, word := range words {
		if word == "" {
			words[i] = `""`
		}
	}
	return "it is one of " + strings.Join(words, ", ")
}

// written is the texture of a value of that kind as text.
func written(v typed) texture {
	reads := func(err error) bool { return err == nil }
	switch v.kind {
	case Text:
		return v.texture
	case Bool:
		return texture{words: []string{"true", "false"}}
	case Int:
		return texture{fits: func(text string) bool { _, err := source.Int(text); return reads(err) }}
	case Number:
		return texture{fits: func(text string) bool { _, err := source.Float(text); return reads(err) }}
	case Day:
		return texture{fits: func(text string) bool { _, err := calendar.Parse(text); return reads(err) }}
	case Moment:
		return texture{fits: func(text string) bool { _, err := time.Parse(time.RFC3339Nano, text); return reads(err) }}
	case Duration:
		return texture{fits: func(text string) bool {
			_, err := source.Duration(strings.TrimPrefix(text, "-"))
			return reads(err)
		}}
	}
	return texture{}
}

// formatted is the texture of format(d, pattern).
func formatted(args []typed) texture {
	if args[1].literal == nil {
		return texture{}
	}
	words, form := calendar.Formatted(*args[1].literal)
	if form == nil {
		return texture{}
	}
	return texture{words: words, fits: form.MatchString}
}
