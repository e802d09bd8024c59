package plan

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// withCalendar is a plan whose calendar is that.
func withCalendar(calendar string) string {
	return "version: 1\nname: p\ncalendar: " + calendar + "\nparams: {d: {type: business_date, default: T-1}}\nmisdate: ${{ params.d }}\ndefaults: {timeout: 1h}\nsteps:\n  - {id: a, trigger: {batch: A}}\n"
}

// A file beside a plan is a source of it, under the name that the plan's folder gives it, and is read from the log again.
func TestFilesBesideAPlan(t *testing.T) {
	files := fstest.MapFS{
		"plans/nightly.yaml":              {Data: []byte(withCalendar("./calendars/../calendars/emea.yaml"))},
		"plans/calendars/emea.yaml":       {Data: []byte("timezone: Europe/London\nholidays: [2026-11-27]\n")},
		"plans/all.yaml":                  {Data: []byte(withCalendar("{all: [calendars/emea.yaml, calendars/second.yaml]}"))},
		"plans/calendars/second.yaml":     {Data: []byte("timezone: Europe/London\nholidays: [2026-11-26]\n")},
		"plans/calendars/sub/broken.yaml": {Data: []byte("zone: x\nholidays: [2026-02-30]\n")},
		"plans/broken.yaml":               {Data: []byte(withCalendar("calendars/sub/broken.yaml"))},
	}
	saturday := time.Date(2026, time.November, 28, 2, 0, 0, 0, time.UTC)
	for name, want := range map[string]string{"plans/nightly.yaml": "2026-11-26", "plans/all.yaml": "2026-11-25"} {
		p, err := Load(files, name, "/srv/"+name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := p.Resolve(Inputs{Now: saturday})
		if err != nil || r.MISDate.Format(time.DateOnly) != want {
			t.Errorf("%s: the date is %v, %v; want %s", name, r.MISDate, err, want)
		}
		if p.Sources[0].Name != "/srv/"+name || p.Sources[1].Name != "calendars/emea.yaml" {
			t.Errorf("%s: sources %v", name, p.Sources)
		}
		again, err := ParsePinned(p.File, p.Sources[0].Data, p.Sources[1:]...)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := again.Resolve(Inputs{Now: saturday}); err != nil || !again.MISDate.Equal(r.MISDate) {
			t.Errorf("%s: from the log the date is %v, %v; want %v", name, again.MISDate, err, r.MISDate)
		}
		if _, err := ParsePinned(p.File, p.Sources[0].Data, p.Sources[2:]...); !errors.Is(err, ErrNotPinned) {
			t.Errorf("%s: without the calendar: %v", name, err)
		}
	}
	_, err := Load(files, "plans/broken.yaml", `C:\bank\plans\broken.yaml`)
	if err == nil || !strings.Contains(err.Error(), `C:\bank\plans\calendars/sub/broken.yaml:1:1: unknown key "zone"`) || !strings.Contains(err.Error(), "broken.yaml:2:12:") {
		t.Errorf("a broken calendar: %v", err)
	}
	_, err = Parse("p.yaml", []byte(withCalendar("calendars/emea.yaml")))
	if err == nil || !strings.Contains(err.Error(), "was not read from a folder") {
		t.Errorf("a plan without its folder: %v", err)
	}
}

// What is no file of the plan's own folder tree is refused where it is named.
func TestFilesOutOfReach(t *testing.T) {
	top := t.TempDir()
	folder := filepath.Join(top, "plans")
	calendar := []byte("timezone: Europe/London\n")
	for _, err := range []error{
		os.MkdirAll(filepath.Join(folder, "calendars", "deep"), 0o755),
		os.WriteFile(filepath.Join(top, "out.yaml"), calendar, 0o644),
		os.WriteFile(filepath.Join(folder, "in.yaml"), calendar, 0o644),
		os.WriteFile(filepath.Join(folder, "large.yaml"), make([]byte, maxFile), 0o644),
		os.WriteFile(filepath.Join(folder, "calendars", "emea.yaml"), calendar, 0o644),
		os.Symlink("../out.yaml", filepath.Join(folder, "link.yaml")),
		os.Symlink("in.yaml", filepath.Join(folder, "inner.yaml")),
		os.Symlink("calendars", filepath.Join(folder, "linked")),
		pipe(filepath.Join(folder, "pipe.yaml")),
	} {
		if err != nil {
			t.Skip(err) // a system without links
		}
	}
	for name, want := range map[string]string{
		"out.yaml":                     `"out.yaml" is not there`,
		"../out.yaml":                  "leads out of the folder of the plan",
		"calendars/../../out.yaml":     "leads out of the folder of the plan",
		"..":                           "leads out of the folder of the plan",
		filepath.Join(top, "out.yaml"): "is no relative name",
		"'C:/out.yaml'":                "is no relative name",
		`calendars\emea.yaml`:          "holds a backslash",
		`"a\nb"`:                       "cannot be the name of a file",
		`""`:                           "no file is named",
		"link.yaml":                    `"link.yaml" is a link`,
		"inner.yaml":                   `"inner.yaml" is a link`,
		"linked/emea.yaml":             `"linked" is a link`,
		"calendars":                    `"calendars" is a folder, not a regular file`,
		"in.yaml/emea.yaml":            `"in.yaml" is no folder`,
		"pipe.yaml":                    `"pipe.yaml" is a named pipe, not a regular file`,
		"large.yaml":                   "larger than 16 MiB",
		"p.yaml":                       `unknown key "version" in the calendar`,
	} {
		if err := os.WriteFile(filepath.Join(folder, "p.yaml"), []byte(withCalendar(name)), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := Load(os.DirFS(folder), "p.yaml", "plans/p.yaml")
		if err == nil || !strings.Contains(err.Error(), want) || want[0] != 'u' && !strings.HasPrefix(err.Error(), "plans/p.yaml:3:11: the calendar: ") {
			t.Errorf("%s: %v, want %q at its place", name, err, want)
		}
	}
}
