package format

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"ofsplan/internal/source"
)

// Files in every layout that a person could choose, and some that nobody would: all of them are laid out, and say the same.
func TestRandomLayouts(t *testing.T) {
	laid := 0
	for seed := range uint64(3000) {
		d := &drawer{Rand: rand.New(rand.NewPCG(seed, 7))}
		text := d.file()
		if _, errs := source.Parse("p.yaml", []byte(text)); len(errs) > 0 {
			continue // so far that it is no YAML any more
		}
		laid++
		if _, err := File("p.yaml", []byte(text)); err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		held(t, []byte(text))
	}
	if laid < 2000 {
		t.Errorf("only %d of the files were YAML", laid)
	}
}

// A drawer draws files.
type drawer struct {
	*rand.Rand
	b      strings.Builder
	anchor int
	keys   int
}

func (d *drawer) one(of ...string) string { return of[d.IntN(len(of))] }

func (d *drawer) may(percent int) bool { return d.IntN(100) < percent }

func (d *drawer) file() string {
	if d.may(10) {
		d.b.WriteString(d.one("---\n", "--- # begins\n", "# c\n---\n", "%YAML 1.1\n---\n"))
	}
	d.trivia(0)
	indent := d.IntN(3)
	if d.may(70) {
		d.mapping(indent, 0)
	} else {
		d.list(indent, 0)
	}
	if d.may(10) {
		d.b.WriteString(d.one("...\n", "...\n# c\n"))
	}
	text := d.b.String()
	switch {
	case d.may(10):
		text = strings.ReplaceAll(text, "\n", "\r\n")
	case d.may(10):
		text = strings.TrimRight(text, "\n")
	}
	return text
}

// trivia is comments and empty lines, mostly none.
func (d *drawer) trivia(indent int) {
	for d.may(25) {
		d.b.WriteString(d.one("\n", "   \n", "\n\n", strings.Repeat(" ", indent)+"# c\n", "# far\n", strings.Repeat(" ", indent+d.IntN(4))+"#c  \n"))
	}
}

// end ends a line.
func (d *drawer) end() { d.b.WriteString(d.one("", "", "", " ", "  # c", " # c", "\t") + "\n") }

func (d *drawer) key() string {
	d.keys++
	return d.one(fmt.Sprintf("k%d", d.keys), fmt.Sprintf("'k %d'", d.keys), fmt.Sprintf("\"k%d\"", d.keys), fmt.Sprintf("$K%d$", d.keys), fmt.Sprintf("k %d", d.keys))
}

func (d *drawer) mapping(indent, depth int) {
	for i := range 1 + d.IntN(4) {
		if i > 0 {
			d.b.WriteString(strings.Repeat(" ", indent))
		} else if depth == 0 {
			d.b.WriteString(strings.Repeat(" ", indent))
		}
		d.b.WriteString(d.key() + ":")
		d.value(indent, depth, false)
	}
}

func (d *drawer) list(indent, depth int) {
	for i := range 1 + d.IntN(4) {
		if i > 0 || depth == 0 {
			d.b.WriteString(strings.Repeat(" ", indent))
		}
		d.b.WriteString("-")
		if d.may(30) && depth < 4 { // a block that begins behind the dash
			gap := 1 + d.IntN(3)
			d.b.WriteString(strings.Repeat(" ", gap))
			if d.may(60) {
				d.mapping(indent+1+gap, depth+1)
			} else {
				d.list(indent+1+gap, depth+1)
			}
			continue
		}
		d.value(indent, depth, true)
	}
}

// value is what stands behind a colon or a dash, and the end of its line.
func (d *drawer) value(indent, depth int, inList bool) {
	if d.may(8) {
		d.anchor++
		d.b.WriteString(fmt.Sprintf(" &a%d", d.anchor))
	} else if d.anchor > 0 && d.may(5) {
		d.b.WriteString(fmt.Sprintf(" *a%d", 1+d.IntN(d.anchor)))
		d.end()
		return
	}
	switch n := d.IntN(10); {
	case n < 2 && depth < 4:
		d.end()
		inner := indent + 1 + d.IntN(4)
		d.trivia(inner)
		if d.may(50) {
			if !inList && d.may(40) {
				inner = indent // a list in the column of its key
			}
			d.b.WriteString(strings.Repeat(" ", inner))
			d.list(inner, depth+1)
		} else {
			d.b.WriteString(strings.Repeat(" ", inner))
			d.mapping(inner, depth+1)
		}
		d.trivia(inner)
	case n == 2:
		d.block(indent)
	case n == 3:
		d.end() // nothing
	case n < 6:
		d.b.WriteString(strings.Repeat(" ", 1+d.IntN(3)))
		d.flow(indent, 0)
		d.end()
	case n == 6:
		d.end()
		d.b.WriteString(strings.Repeat(" ", indent+1+d.IntN(4)) + d.scalar(indent))
		d.end()
	default:
		d.b.WriteString(strings.Repeat(" ", 1+d.IntN(3)) + d.scalar(indent))
		d.end()
	}
}

func (d *drawer) scalar(indent int) string {
	more := "\n" + d.one("", "", "\n") + strings.Repeat(" ", indent+1+d.IntN(5))
	return d.one("x", "0042", "two words", "'it''s'", "'a \"b\"'", `"a \"b\""`, `"t\tn"`, "~", "a#b", "no", "2026-11-20", "${{ a.b }}", "''",
		"goes"+more+"on", "'goes"+more+"on'", `"goes`+more+`on"`, `"goes \`+more+`on"`, `"ends \ `+more+`on"`, "ü", "a: b"[:1]+"\u00a0c")
}

func (d *drawer) block(indent int) {
	inner := indent + 1 + d.IntN(4)
	header := d.one("|", ">", "|-", ">-", "|+", ">+", "|  # c")
	lead := ""
	if d.may(20) {
		header, lead = header[:1]+fmt.Sprint(inner-indent)+strings.TrimLeft(header[1:], " #c"), "  "
	}
	d.b.WriteString(" " + header + "\n")
	if d.may(10) {
		return // nothing in it
	}
	d.b.WriteString(strings.Repeat(" ", inner) + lead + "first  \n")
	for range d.IntN(4) {
		d.b.WriteString(d.one("\n", strings.Repeat(" ", inner)+"more\n", strings.Repeat(" ", inner)+"   deeper # no comment\n", strings.Repeat(" ", inner+2)+"\n", " \n"))
	}
}

func (d *drawer) flow(indent, depth int) {
	pad := func() string {
		if d.may(10) {
			return d.one("\n", " # c\n", "\n\n", "  \n# c\n") + strings.Repeat(" ", indent+1+d.IntN(6))
		}
		return d.one("", "", " ", "  ")
	}
	open, shut := "[", "]"
	mapping := d.may(50)
	if mapping {
		open, shut = "{", "}"
	}
	d.b.WriteString(open + pad())
	n := d.IntN(4)
	for i := range n {
		if i > 0 {
			d.b.WriteString("," + pad())
		}
		if mapping {
			d.b.WriteString(d.key())
			if d.may(10) {
				d.b.WriteString(pad())
				continue
			}
			d.b.WriteString(":" + d.one(" ", "  "))
		}
		switch {
		case d.may(25) && depth < 3:
			d.flow(indent, depth+1)
		case mapping && d.may(10):
		default:
			d.b.WriteString(d.one("x", "two words", "'q''q'", `"d"`, "1", "~", `"a \"b\""`, "a#b"))
		}
		d.b.WriteString(pad())
	}
	if n > 0 && d.may(10) {
		d.b.WriteString(",")
	}
	d.b.WriteString(shut)
}
