package cli

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"ofsplan/internal/exitcode"
)

// A pty is a pseudo-terminal with somebody at it who answers one question.
type pty struct {
	keys, screen *os.File
	asks, says   string // says is typed when asks stands on the screen

	mu    sync.Mutex
	shown bytes.Buffer
	gone  chan struct{}
}

func newPTY(t *testing.T, asks, says string) *pty {
	t.Helper()
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fd := int(keys.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	screen, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	term := &pty{keys: keys, screen: screen, asks: asks, says: says, gone: make(chan struct{})}
	go term.watch()
	return term
}

// watch reads the screen and types when it is asked.
func (s *pty) watch() {
	defer close(s.gone)
	buf := make([]byte, 4096)
	asked := false
	for {
		n, err := s.keys.Read(buf)
		s.mu.Lock()
		s.shown.Write(buf[:n])
		ask := !asked && strings.Contains(s.shown.String(), s.asks)
		s.mu.Unlock()
		if ask {
			asked = true
			if _, err := s.keys.WriteString(s.says); err != nil {
				return
			}
		}
		if err != nil {
			return // nobody has the screen any more
		}
	}
}

// leave ends it and returns all that stood on the screen.
func (s *pty) leave() []byte {
	s.screen.Close()
	<-s.gone
	s.keys.Close()
	return s.shown.Bytes()
}

// Whoever sits at a terminal is asked for a sensitive parameter, and what is typed stands nowhere.
func TestASecretIsAskedForAtATerminal(t *testing.T) {
	c, plan := sealedCage(t)
	os.Unsetenv("OFSPLAN_PARAM_PIN")
	for _, args := range [][]string{
		{"run", plan, "--target", "lab"}, {"resume", "last", "--retry", "load", "--reason", "once more"},
	} {
		if args[0] == "resume" {
			c.parrot.set("trigger", callAnswers["refused"], spellings[0])
			c.asked(t, []string{"run", plan, "--target", "lab"}, exitcode.Failed)
			c.parrot.set("nothing", answer{}, spellings[0])
		}
		c.asked(t, args, exitcode.Succeeded)
	}
	c.run("audit", "show", "last")
	c.files("asked for")
}

// asked runs a command at a terminal where the secret is typed.
func (c *cage) asked(t *testing.T, args []string, want exitcode.Code) {
	t.Helper()
	term := newPTY(t, "pin (of the feed), which is not shown while you type: ", canaries.pin+"\r")
	code, _ := c.through(args, func(out, err *bytes.Buffer) exitcode.Code {
		return exitcode.Code(Main(args, term.screen, out, term.screen))
	})
	shown := term.leave()
	c.search(strings.Join(args, " ")+": the screen", shown)
	if code != want {
		t.Errorf("%s: exit code %d, want %d\n%s", args, code, want, shown)
	}
}

// Ctrl-C at the question starts nothing.
func TestASecretThatIsNotTyped(t *testing.T) {
	c, plan := sealedCage(t)
	os.Unsetenv("OFSPLAN_PARAM_PIN")
	args := []string{"run", plan, "--target", "lab"}
	term := newPTY(t, "while you type: ", "hunter\x03")
	code, _ := c.through(args, func(out, err *bytes.Buffer) exitcode.Code {
		return exitcode.Code(Main(args, term.screen, out, term.screen))
	})
	if shown := term.leave(); code != exitcode.Usage || !bytes.Contains(shown, []byte("stopped before it was typed; nothing was sent")) {
		t.Errorf("exit code %d\n%s", code, shown)
	}
	if _, err := os.Stat(c.dir + "/state/runs"); err == nil {
		t.Error("a run was begun")
	}
}
