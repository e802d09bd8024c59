//go:build unix

package proof

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The users of these tests. None of them has a name, and all but the stranger are of the group of operators.
const (
	root     = 0
	owner    = 10001
	operator = 10002
	stranger = 10003
	ops      = 10005
)

// newUsersYard is a yard in which other users can run the program, with a state folder of the owner's that has that mode. Only root can be
// several users.
func newUsersYard(t *testing.T, mode os.FileMode) *yard {
	t.Helper()
	binary := buildBinary(t)
	if os.Geteuid() != 0 {
		t.Skip("only root can run the program as several users: run the tests as root to see this one")
	}
	dir, err := os.MkdirTemp("", "ofsplan-users-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	everybodys := filepath.Join(dir, "ofsplan")
	program, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	must(t, os.WriteFile(everybodys, program, 0o755), os.Chmod(dir, 0o755))
	y, err := newYard(everybodys, dir, "version: 1\nname: nightly\ndefaults: {poll: 20ms, timeout: 1h}\nsteps:\n  - id: load\n    trigger: {batch: LOAD}\n",
		"version: 1\nunknown_batches: succeed in 1h\n")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(y.close)
	folder := filepath.Join(dir, "state")
	must(t, os.Chmod(filepath.Join(dir, "plan.yaml"), 0o644), os.Chmod(filepath.Join(dir, "ofsplan.yaml"), 0o644), os.Mkdir(folder, 0o700),
		os.Chown(folder, owner, ops), os.Chmod(folder, mode))
	return y
}

func must(t *testing.T, all ...error) {
	t.Helper()
	for _, err := range all {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// as makes a command of the program for one user.
func (y *yard) as(uid uint32, args ...string) *exec.Cmd {
	c := exec.Command(y.binary, args...)
	c.Dir = y.dir
	c.Env = []string{"HOME=/nonexistent", "OFSPLAN_STATE=" + filepath.Join(y.dir, "state"), "LAB_ID=lab", "LAB_SECRET=s3cret"}
	groups := []uint32{ops}
	if uid == stranger {
		groups = nil
	}
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid, Groups: groups}}
	return c
}

// says runs the program as a user, and returns its exit code and what it printed.
func (y *yard) says(t *testing.T, uid uint32, args ...string) (int, string) {
	t.Helper()
	c := y.as(uid, args...)
	began := time.Now()
	out, err := c.CombinedOutput()
	if c.ProcessState == nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("%v took %v", args, took)
	}
	return c.ProcessState.ExitCode(), string(out)
}

// live starts the plan as the owner and waits until its batch runs. It ends with the test.
func (y *yard) live(t *testing.T) (run *exec.Cmd, ended chan struct{}) {
	t.Helper()
	run, ended = y.as(owner, "run", "plan.yaml", "--target", "lab"), make(chan struct{})
	var out strings.Builder
	run.Stdout, run.Stderr = &out, &out
	must(t, run.Start())
	go func() {
		run.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		run.Process.Kill()
		<-ended
		if t.Failed() {
			t.Logf("the run printed\n%s", &out)
		}
	})
	if err := until(30*time.Second, func() bool { _, text := y.log(); return strings.Contains(string(text), `"request.accepted"`) }); err != nil {
		t.Fatal(err)
	}
	return run, ended
}

// over waits for the end of a run.
func over(t *testing.T, ended chan struct{}) {
	t.Helper()
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		t.Fatal("the run goes on")
	}
}

// heard is who said that the run is canceled, as its log has it.
func (y *yard) canceledBy() string {
	_, text := y.log()
	m := regexp.MustCompile(`"type":"operator.canceled".*?"by":"([^"]*)"`).FindSubmatch(text)
	if m == nil {
		return ""
	}
	return string(m[1])
}

var leave = []string{"cancel", "last", "--leave", "--reason", "wrong date"}

// What root says to a run of another user arrives, as root's. Anybody else whom the folder does not let in is told at once what to type.
func TestRootIsHeardAndAStrangerIsToldWhatToType(t *testing.T) {
	y := newUsersYard(t, 0o700)
	_, ended := y.live(t)
	const typed = "sudo -u '#10001' ofsplan cancel last --leave --reason 'wrong date' --state-dir "
	for _, uid := range []uint32{operator, stranger} {
		if code, out := y.says(t, uid, leave...); code == 0 || !strings.Contains(out, typed+filepath.Join(y.dir, "state")) {
			t.Errorf("user %d ends with %d, and reads %s", uid, code, out)
		}
	}
	if code, out := y.says(t, root, leave...); code != 0 {
		t.Errorf("root ends with %d, and reads %s", code, out)
	}
	over(t, ended)
	if by := y.canceledBy(); by != "root" {
		t.Errorf("the run was canceled by %q", by)
	}
	// Nobody drives it now: root would leave files behind that the owner cannot write.
	for _, args := range [][]string{leave, {"resume", "last"}, {"run", "plan.yaml", "--target", "lab"}, {"batch", "status", "LOAD_1", "--code", "LOAD", "--target", "lab"}} {
		if code, out := y.says(t, root, args...); code == 0 || !strings.Contains(out, "sudo -u '#10001' ofsplan "+args[0]) {
			t.Errorf("root's %v ends with %d, and reads %s", args, code, out)
		}
	}
	if code, out := y.says(t, root, "show", "last"); code != 0 || !strings.Contains(out, "canceled") {
		t.Errorf("root's show ends with %d, and reads %s", code, out)
	}
	if code, out := y.says(t, owner, "run", "plan.yaml", "--target", "sim"); code != 0 || strings.Contains(out, "denied") {
		t.Errorf("the owner's next run ends with %d, and reads %s", code, out)
	}
}

// The group that a state folder lets in names runs, leaves letters and lists none. A letter stays its author's.
func TestTheGroupOfTheFolderIsHeard(t *testing.T) {
	for _, mode := range []os.FileMode{0o750, 0o770 | os.ModeSetgid} {
		y := newUsersYard(t, mode)
		_, ended := y.live(t)
		run, _ := y.log()
		dir := filepath.Join(y.dir, "state", "runs", run)
		info, err := os.Stat(filepath.Join(dir, "inbox"))
		if err != nil || info.Mode()&(os.ModePerm|os.ModeSticky) != 0o730|os.ModeSticky || info.Sys().(*syscall.Stat_t).Uid != owner || info.Sys().(*syscall.Stat_t).Gid != ops {
			t.Errorf("the inbox is made with the run: %v, %v", info, err)
		}
		if code, out := y.says(t, stranger, leave...); code == 0 || !strings.Contains(out, "sudo -u '#10001' ofsplan cancel") {
			t.Errorf("a stranger ends with %d, and reads %s", code, out)
		}
		ls := y.as(operator)
		ls.Path, ls.Args = "/bin/ls", []string{"ls", filepath.Join(dir, "inbox")}
		if out, err := ls.CombinedOutput(); err == nil {
			t.Errorf("an operator lists the letters of others: %s", out)
		}
		if code, out := y.says(t, operator, "show", "last"); code != 0 {
			t.Errorf("show ends with %d, and reads %s", code, out)
		}
		// A letter that the owner cannot read keeps nobody else from being heard.
		must(t, os.WriteFile(filepath.Join(dir, "inbox", "0.json"), []byte("{}"), 0o600))
		if code, out := y.says(t, operator, leave...); code != 0 {
			t.Errorf("an operator ends with %d, and reads %s", code, out)
		}
		over(t, ended)
		if by := y.canceledBy(); by != "uid 10002" {
			t.Errorf("the run was canceled by %q", by)
		}
		if _, text := y.log(); strings.Count(string(text), "of root in the inbox cannot be read and is passed over") != 1 {
			t.Errorf("of the letter that cannot be read the log says\n%s", text)
		}
		if code, out := y.says(t, operator, "run", "plan.yaml", "--target", "lab"); code != 7 || !strings.Contains(out, "sudo -u '#10001' ofsplan run plan.yaml") {
			t.Errorf("an operator's own run ends with %d, and reads %s", code, out)
		}
		y.close()
	}
}

// A letter that was put there under a second name is not the one to whom it belongs speaking.
func TestALetterWithTwoNamesIsNone(t *testing.T) {
	y := newUsersYard(t, 0o700)
	folder := y.folder()
	_, ended := y.live(t)
	run, _ := y.log()
	inbox := filepath.Join(y.dir, "state", "runs", run, "inbox")
	other := filepath.Join(y.dir, "draft")
	must(t, os.WriteFile(other, []byte(`{"type":"operator.canceled","data":{"id":"","by":"x","reason":"x","leave":true}}`), 0o644), os.Link(other, filepath.Join(inbox, "1.json")))
	letters, err := folder.Inbox(run).Letters()
	if len(letters) > 0 || err != nil {
		t.Errorf("got %+v, %v", letters, err)
	}
	if code, out := y.says(t, owner, leave...); code != 0 {
		t.Errorf("ends with %d, and reads %s", code, out)
	}
	over(t, ended)
	if by := y.canceledBy(); by != "uid 10001" {
		t.Errorf("the run was canceled by %q", by)
	}
}

// The volume of the documented CronJob belongs to root and to the pod's group, and Kubernetes makes all of it the group's at each mount.
// A pod goes on there as on a folder of its own.
func TestTheVolumeOfTheDocumentedCronJob(t *testing.T) {
	for _, mode := range []os.FileMode{0o770, 0o775} {
		y := newUsersYard(t, mode)
		folder := filepath.Join(y.dir, "state")
		mounted := func() {
			t.Helper()
			must(t, filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
				if err != nil {
					return err
				}
				info, err := d.Info()
				if err != nil {
					return err
				}
				as := info.Mode().Perm() | 0o660
				if d.IsDir() {
					as = info.Mode().Perm() | info.Mode()&os.ModeSticky | 0o770 | os.ModeSetgid
				}
				return errors.Join(os.Lchown(path, -1, ops), os.Chmod(path, as))
			}))
		}
		must(t, os.Chown(folder, 0, ops), os.Chmod(folder, mode|os.ModeSetgid))
		mounted()
		first, ended := y.live(t)
		must(t, first.Process.Kill())
		over(t, ended)
		mounted()
		again := y.as(owner, "resume", "--unfinished")
		var out strings.Builder
		again.Stdout, again.Stderr = &out, &out
		must(t, again.Start())
		if err := until(30*time.Second, func() bool { _, text := y.log(); return strings.Contains(string(text), `"run.resumed"`) }); err != nil {
			t.Errorf("%v: %s", err, &out)
		}
		if code, out := y.says(t, owner, leave...); code != 0 {
			t.Errorf("a word of the owner's ends with %d, and reads %s", code, out)
		}
		again.Wait()
		mounted()
		if code, out := y.says(t, owner, "audit", "verify"); code != 0 {
			t.Errorf("audit verify ends with %d, and reads %s", code, out)
		}
		y.close()
	}
}
