//go:build unix

package trust

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// home is a folder that nobody else can change, for what is judged.
func home(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if _, err := Me().Check(Thing{What: "this test's folder", Path: dir}); err != nil {
		t.Skipf("temporary folders can be changed by others here, so that nothing below them can be judged: %v", err)
	}
	return dir
}

// file makes a file of that mode, and the folders above it.
func file(t *testing.T, path string, mode os.FileMode) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	chmod(t, path, mode)
	return path
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, target, name string) string {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Fatal(err)
	}
	return name
}

// give gives a file to a user that is neither root nor we; only root can.
func give(t *testing.T, path string, uid int) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can give files to other users: run the tests as root to see this one")
	}
	if err := os.Lchown(path, uid, uid); err != nil {
		t.Fatal(err)
	}
}

// judged holds what is said of a path that was found by looking against how it should begin and, after "…", what it should hold;
// empty: nothing is said.
func judged(t *testing.T, j Judge, path, want string) {
	t.Helper()
	got, err := j.Check(Thing{What: "the targets file", Path: path})
	if err != nil {
		got = "refused: " + err.Error()
	}
	begins, holds, _ := strings.Cut(want, "…")
	if (got == "") != (want == "") || !strings.HasPrefix(got, begins) || !strings.Contains(got, holds) {
		t.Errorf("%s\n got %q\nwant %q", path, got, want)
	}
}

func TestWhoMayChangeAFile(t *testing.T) {
	for _, c := range []struct {
		name, want string
		make       func(dir string) string
	}{
		{"our own", "", func(dir string) string { return file(t, dir+"/f", 0o644) }},
		{"everybody's", "refused: …f can be changed by everybody (mode 0666)", func(dir string) string { return file(t, dir+"/f", 0o666) }},
		{"writable by others only", "refused: …f can be changed by everybody (mode 0602)", func(dir string) string { return file(t, dir+"/f", 0o602) }},
		{"its group's", "the targets file …f can be changed by its group (mode 0664); when that is not meant: chmod g-w", func(dir string) string { return file(t, dir+"/f", 0o664) }},
		{"in a folder of everybody", "refused: …d can be changed by everybody (mode 0777)", func(dir string) string {
			defer chmod(t, dir+"/d", 0o777)
			return file(t, dir+"/d/f", 0o644)
		}},
		{"two folders below one of everybody", "refused: …d can be changed by everybody (mode 0777)", func(dir string) string {
			defer chmod(t, dir+"/d", 0o777)
			return file(t, dir+"/d/e/f", 0o644)
		}},
		{"in a folder with the sticky bit", "", func(dir string) string {
			defer chmod(t, dir+"/d", 0o777|os.ModeSticky)
			return file(t, dir+"/d/f", 0o644)
		}},
		{"in a folder of a group", "the targets file …d can be changed by its group (mode 0775)", func(dir string) string {
			defer chmod(t, dir+"/d", 0o775)
			return file(t, dir+"/d/f", 0o644)
		}},
		{"behind a link", "refused: …f can be changed by everybody (mode 0666)", func(dir string) string {
			file(t, dir+"/f", 0o666)
			return link(t, "f", dir+"/l")
		}},
		{"behind a link into a folder of everybody", "refused: …d can be changed by everybody", func(dir string) string {
			defer chmod(t, dir+"/d", 0o777)
			file(t, dir+"/d/f", 0o644)
			return link(t, dir+"/d/f", dir+"/l")
		}},
		{"a link in a folder of everybody", "refused: …d can be changed by everybody", func(dir string) string {
			defer chmod(t, dir+"/d", 0o777)
			file(t, dir+"/f", 0o644)
			file(t, dir+"/d/g", 0o644)
			return link(t, "../f", dir+"/d/l")
		}},
		{"past a folder of everybody and back", "refused: …d can be changed by everybody", func(dir string) string {
			defer chmod(t, dir+"/d", 0o777)
			file(t, dir+"/d/g", 0o644)
			file(t, dir+"/f", 0o644)
			return dir + "/d/../f"
		}},
		{"somebody's", "refused: …f belongs to uid 54321, and ", func(dir string) string {
			defer give(t, dir+"/f", 54321)
			return file(t, dir+"/f", 0o644)
		}},
		{"in somebody's folder", "refused: …d belongs to uid 54321", func(dir string) string {
			defer give(t, dir+"/d", 54321)
			return file(t, dir+"/d/f", 0o644)
		}},
		{"a link of somebody's in a folder with the sticky bit", "refused: …l belongs to uid 54321", func(dir string) string {
			file(t, dir+"/f", 0o644)
			defer chmod(t, dir+"/d", 0o777|os.ModeSticky)
			file(t, dir+"/d/g", 0o644)
			defer give(t, dir+"/d/l", 54321)
			return link(t, "../f", dir+"/d/l")
		}},
		{"that is not there yet", "", func(dir string) string { return dir + "/not/there" }},
		{"that anybody can put there", "refused: …d can be changed by everybody", func(dir string) string {
			defer chmod(t, dir+"/d", 0o777)
			file(t, dir+"/d/g", 0o644)
			return dir + "/d/not/there"
		}},
		{"a device", "", func(string) string { return "/dev/null" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			judged(t, Me(), c.make(home(t)), c.want)
		})
	}
}

// Another user judges what root has as root does, and what is root's is nobody else's.
func TestWhatRootHasIsTrusted(t *testing.T) {
	dir := home(t)
	path := file(t, dir+"/f", 0o644)
	if os.Geteuid() != 0 {
		t.Skip("only root's files show this: run the tests as root to see it")
	}
	judged(t, Judge{User: 10001}, path, "")
	give(t, path, 10002)
	judged(t, Judge{User: 10001}, path, "refused: …f belongs to uid 10002, and neither to uid 10001 nor to root")
	judged(t, Judge{User: 10002}, path, "")
}

// The folders that the documented CronJob has: a ConfigMap is a folder of mode 0777 on a read-only mount, whose files are links
// to those of the version that counts; a volume with an fsGroup is root's, and the group may write.
func TestTheFoldersOfTheDocumentedCronJobPass(t *testing.T) {
	dir := home(t)
	config, volume := dir+"/etc/ofsplan", dir+"/var/lib/ofsplan"
	file(t, config+"/..2026_11_27/ofsplan.yaml", 0o644)
	chmod(t, config+"/..2026_11_27", 0o755)
	link(t, "..2026_11_27", config+"/..data")
	link(t, "..data/ofsplan.yaml", config+"/ofsplan.yaml")
	chmod(t, config, 0o777)
	file(t, volume+"/digest.key", 0o660)
	j := Me()
	if os.Geteuid() == 0 {
		j.User = 10001 // as the pod does
	}
	j.ReadOnly = func(path string) bool { return path == config || strings.HasPrefix(path, config+"/") }
	judged(t, j, config+"/ofsplan.yaml", "")
	chmod(t, config+"/..2026_11_27/ofsplan.yaml", 0o666)
	judged(t, j, config+"/ofsplan.yaml", "")
	for _, mode := range []os.FileMode{0o775, 0o770} {
		chmod(t, volume, mode|os.ModeSetgid)
		judged(t, j, volume, "the targets file …/var/lib/ofsplan can be changed by its group")
	}
	j.ReadOnly = func(string) bool { return false }
	judged(t, j, config+"/ofsplan.yaml", "refused: …etc/ofsplan can be changed by everybody (mode 0777)")
}

func TestWhatIsNamedCanBeVouchedFor(t *testing.T) {
	path := file(t, home(t)+"/f", 0o666)
	for _, c := range []struct {
		named, vouched, taken bool
		says                  string
	}{
		{false, false, false, "chmod o-w"}, {false, true, false, "chmod o-w"}, {true, false, false, "OFSPLAN_TRUST=1"}, {true, true, true, "is used because of OFSPLAN_TRUST=1"},
	} {
		j := Me()
		j.Vouched = c.vouched
		warning, err := j.Check(Thing{What: "the targets file", Path: path, Named: c.named})
		if err != nil {
			warning = err.Error()
		}
		if (err == nil) != c.taken || !strings.Contains(warning, c.says) {
			t.Errorf("%+v: %q, %v", c, warning, err)
		}
	}
	t.Setenv(Variable, "1")
	if !Me().Vouched {
		t.Errorf("%s=1 vouches for nothing", Variable)
	}
	t.Setenv(Variable, "")
	if Me().Vouched {
		t.Errorf("an empty %s vouches", Variable)
	}
}

// A pipe that a shell made, as of <(…), has no name under which others could replace it.
func TestAnOpenDescriptorPasses(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	judged(t, Me(), fmt.Sprintf("/dev/fd/%d", r.Fd()), "")
}

func TestAFileWithASecretIsItsOwnersAndGroups(t *testing.T) {
	path := file(t, t.TempDir()+"/secret", 0o600)
	for mode, private := range map[os.FileMode]bool{0o400: true, 0o440: true, 0o600: true, 0o660: true, 0o604: false, 0o602: false, 0o666: false, 0o601: true} {
		chmod(t, path, mode)
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := Private(info, path) == nil; got != private {
			t.Errorf("mode %04o: private is %v, want %v", mode, got, private)
		}
	}
}

func TestAnEndlessChainOfLinksIsNoLoop(t *testing.T) {
	dir := home(t)
	link(t, "b", dir+"/a")
	link(t, "a", dir+"/b")
	if _, err := Me().Check(Thing{What: "the targets file", Path: dir + "/a"}); err == nil || !strings.Contains(err.Error(), "symbolic links") {
		t.Errorf("got %v", err)
	}
}
