//go:build unix

package state

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// helperVar makes the test binary a process that takes a lock, says so, and holds it until its input ends.
const helperVar = "OFSPLAN_TEST_HOLD"

func TestMain(m *testing.M) {
	if path := os.Getenv(helperVar); path != "" {
		os.Exit(hold(path))
	}
	os.Exit(m.Run())
}

func hold(path string) int {
	lock, err := takeLock(path)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("held")
	io.Copy(io.Discard, os.Stdin)
	if lock.Close() != nil {
		return 1
	}
	return 0
}

// holdElsewhere starts another process that holds the lock. Its answer is "held" or why not.
func holdElsewhere(t *testing.T, path string) (cmd *exec.Cmd, stdin io.Closer, answer string) {
	t.Helper()
	cmd = exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), helperVar+"="+path)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	answer, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return cmd, in, strings.TrimSpace(answer)
}

func TestASecondProcessIsToldWhoHoldsTheLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	cmd, stdin, answer := holdElsewhere(t, path)
	if answer != "held" {
		t.Fatal(answer)
	}
	_, err := takeLock(path)
	locked, ok := errors.AsType[*LockedError](err)
	if !ok || !errors.Is(err, ErrLocked) {
		t.Fatalf("got %v, want a LockedError", err)
	}
	host, _ := os.Hostname()
	if want := (Holder{host, cmd.Process.Pid, bootID()}); locked.Holder != want {
		t.Errorf("got %+v, want %+v", locked.Holder, want)
	}
	if !strings.Contains(err.Error(), fmt.Sprintf("process %d on %s", cmd.Process.Pid, host)) {
		t.Errorf("the message does not name the holder: %v", err)
	}
	if who, held, err := lockedBy(path); !held || who != locked.Holder || err != nil {
		t.Errorf("HeldBy: got %v, %v, %v", who, held, err)
	}
	if err := errors.Join(stdin.Close(), cmd.Wait()); err != nil {
		t.Fatal(err)
	}
	if _, held, err := lockedBy(path); held || err != nil {
		t.Errorf("after it ended: got %v, %v", held, err)
	}
}

func TestAKilledHolderLetsGo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	cmd, _, answer := holdElsewhere(t, path)
	if answer != "held" {
		t.Fatal(answer)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed, which is an error to Wait
	lock, err := takeLock(path)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if _, _, answer := holdElsewhere(t, path); !strings.Contains(answer, fmt.Sprintf("process %d ", os.Getpid())) {
		t.Errorf("the other process was told %q", answer)
	}
}

// Looking at a lock never makes somebody who takes it fail, and never two hold it.
func TestOneHolderAtATimeWhileOthersLook(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	var holders, taken atomic.Int32
	var all sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		all.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if _, _, err := lockedBy(path); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 50 {
		lock, err := takeLock(path)
		if err != nil {
			t.Fatalf("nobody holds it, others only look: %v", err)
		}
		if err := lock.Close(); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	all.Wait()
	for range 4 {
		all.Go(func() {
			for range 200 {
				lock, err := takeLock(path)
				if errors.Is(err, ErrLocked) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				if holders.Add(1) != 1 {
					t.Error("two hold the lock")
				}
				taken.Add(1)
				holders.Add(-1)
				if err := lock.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if taken.Load() == 0 {
		t.Error("nobody ever got the lock")
	}
}

func TestLockFileThatSaysNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	if _, locked, err := lockedBy(path); locked || err != nil {
		t.Errorf("no file: got %v, %v", locked, err)
	}
	if err := os.WriteFile(path, []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	lock, err := takeLock(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := takeLock(path); err == nil || !strings.Contains(err.Error(), "has not said who it is") {
		t.Errorf("got %v", err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
}

// The holder writes himself down in the lock: not in a file that a link leads to, be it there or not.
func TestALockThatIsNoPlainFileIsRefusedAndLeftAlone(t *testing.T) {
	dir := t.TempDir()
	other := filepath.Join(dir, "other")
	if err := os.WriteFile(other, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"to a file": other, "to nothing": filepath.Join(dir, "nothing")} {
		path := filepath.Join(dir, name+".lock")
		if err := os.Symlink(target, path); err != nil {
			t.Fatal(err)
		}
		if _, err := takeLock(path); err == nil || !strings.Contains(err.Error(), "no plain file") {
			t.Errorf("a link %s is taken for a lock: %v", name, err)
		}
		if _, _, err := lockedBy(path); err == nil {
			t.Errorf("a link %s is asked for its holder", name)
		}
	}
	if text, err := os.ReadFile(other); err != nil || string(text) != "precious" {
		t.Errorf("the file behind the link holds %q, %v", text, err)
	}
	if _, err := os.Lstat(filepath.Join(dir, "nothing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file was made behind the link: %v", err)
	}
}

// A holder's line is as long as his host's name, and the file keeps the one before.
func TestAHolderIsNamedAfterOneWithALongerName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	former := fmt.Sprintf(`{"host":%q,"pid":4194304,"boot":""}`+"\n", strings.Repeat("batch-host-", 40))
	if err := os.WriteFile(path, []byte(former), 0o600); err != nil {
		t.Fatal(err)
	}
	lock, err := takeLock(path)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if by, locked, err := lockedBy(path); !locked || by.PID != os.Getpid() || err != nil {
		t.Errorf("locked is %v by %+v, %v", locked, by, err)
	}
	if _, err := takeLock(path); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("process %d ", os.Getpid())) {
		t.Errorf("the next one is told %v", err)
	}
}
