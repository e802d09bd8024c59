package plantest

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"ofsplan/internal/readable"
	"ofsplan/internal/source"
)

// The elements of a JUnit report, as GitLab, Jenkins and the actions for GitHub read them. There is no time in it: the
// report is the same for the same files, and how long a night was is among its properties.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string       `xml:"name,attr"`
		File     string       `xml:"file,attr,omitempty"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Cases    []*junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name       string           `xml:"name,attr"`
		Class      string           `xml:"classname,attr"`
		File       string           `xml:"file,attr"`
		Line       int              `xml:"line,attr,omitempty"`
		Properties *junitProperties `xml:"properties"`
		Failure    *junitMessage    `xml:"failure"`
		Error      *junitMessage    `xml:"error"`
	}
	junitProperties struct {
		List []junitProperty `xml:"property"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitMessage struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",cdata"`
	}
)

// WriteJUnit writes the report that CI servers show. Problems of files are errors in it, below a test case of
// their file's name.
func (t *Report) WriteJUnit(w io.Writer, problems source.Errors) error {
	all := junitSuites{Name: "ofsplan test"}
	for _, f := range t.Files {
		all.add(f.junit())
	}
	byFile := make(map[string]*junitCase)
	bad := junitSuite{Name: "files"}
	for _, e := range problems {
		c := byFile[e.File]
		if c == nil {
			c = &junitCase{Name: e.File, Class: "files", File: e.File, Line: e.Line, Error: &junitMessage{Message: e.Msg, Type: "problem"}}
			byFile[e.File] = c
			bad.Cases = append(bad.Cases, c)
		}
		c.Error.Text += inXML(e.Error()) + "\n"
	}
	if bad.Tests, bad.Errors = len(bad.Cases), len(bad.Cases); len(bad.Cases) > 0 {
		all.add(bad)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (s *junitSuites) add(one junitSuite) {
	s.Suites = append(s.Suites, one)
	s.Tests += one.Tests
	s.Failures += one.Failures
	s.Errors += one.Errors
}

// junit is one test file.
func (f *FileResult) junit() junitSuite {
	s := junitSuite{Name: f.File.File, File: f.File.File, Tests: len(f.Verdicts), Failures: f.failed()}
	for _, v := range f.Verdicts {
		c := &junitCase{Name: v.Case.Name, Class: f.File.Plan.Name, File: f.File.File, Line: v.Case.Pos.Line}
		c.Properties = &junitProperties{[]junitProperty{
			{"simulated", "true"}, {"run", v.Ended.RunID}, {"outcome", string(v.Ended.Outcome)},
			{"exit_code", fmt.Sprint(v.Ended.ExitCode)}, {"night", readable.Duration(v.Night())},
		}}
		if !v.Passed() {
			c.Failure = v.junit()
		}
		s.Cases = append(s.Cases, c)
	}
	return s
}

// junit is what differs: the first in one line, all of it as text.
func (v *Verdict) junit() *junitMessage {
	d := &v.Differences[0]
	message := fmt.Sprintf("%s: want %s, got %s", d.What, inLine(d.Want), inLine(d.Got))
	if n := len(v.Differences) - 1; n > 0 {
		message += fmt.Sprintf("; and %d more", n)
	}
	var text strings.Builder
	for i := range v.Differences {
		text.WriteString(v.Differences[i].String())
	}
	return &junitMessage{Message: message, Type: "difference", Text: inXML(text.String())}
}

// inLine is a list in one line.
func inLine(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

// inXML is a text without what XML has no way to write.
func inXML(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xfffe || r == 0xffff {
			return '\ufffd'
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
}
