package proof

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// A disk that is full at every place of a run: the file of the audit log may not grow any further, and each write past
// that fails, or falls short, as on a full disk. The program ends with 7 and says what to do; whatever it has sent is
// on record; and when there is room again, the run is resumed to its usual end.
func TestAFullDiskStopsEverythingNew(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Logf("limits of a file's size are tried on Linux only, this is %s", runtime.GOOS)
		return
	}
	binary, f, dir := buildBinary(t), fragiles[0], t.TempDir()
	y, err := newYard(binary, dir, f.plan, f.scenario)
	if err != nil {
		t.Fatal(err)
	}
	defer y.close()
	if c, code, err := y.run("run", "plan.yaml", "--target", "lab"); err != nil || code != 0 {
		t.Fatalf("%v\n%s", err, c)
	}
	usual, err := y.show()
	if err != nil {
		t.Fatal(err)
	}
	_, text := y.log()
	const block = 512 // what ulimit counts in, POSIX
	inParallel(4, len(text)/block+1, func(blocks int) {
		p := pinch{blocks: blocks, usual: usual.outcomes()}
		if err := p.squeeze(binary, filepath.Join(dir, strconv.Itoa(blocks)), f); err != nil {
			t.Errorf("with %d blocks of %d bytes: %v", blocks, block, err)
		}
	})
}

// A pinch is one run for which the disk is full after so many blocks.
type pinch struct {
	blocks int
	usual  map[string]string
}

// squeeze plays the run until the disk is full, and then to its end.
func (p *pinch) squeeze(binary, dir string, f fragile) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	y, err := newYard(binary, dir, f.plan, f.scenario)
	if err != nil {
		return err
	}
	defer y.close()
	script := fmt.Sprintf(`ulimit -f %d && exec "$@"`, p.blocks)
	c, err := y.startWith("/bin/sh", "-c", script, "sh", binary, "run", "plan.yaml", "--target", "lab")
	if err != nil {
		return err
	}
	code := c.end()
	for _, words := range []string{"the audit log cannot be written", "nothing (more )?was started", "look at the disk|make .* writable"} {
		if code != 7 || !regexp.MustCompile(words).Match(c.err.Bytes()) {
			return fmt.Errorf("%q is not said: %s", words, c)
		}
	}
	if err := y.settle(); err != nil {
		return err
	}
	run, text := y.log()
	for _, request := range y.scheduler.Carried() {
		key := strings.TrimPrefix(request.Mark, run+"/")
		if !strings.Contains(string(text), `"type":"request.sent"`) || !strings.Contains(string(text), `{"key":"`+key+`"`) {
			return fmt.Errorf("%s was carried out and is not on record\n%s", key, text)
		}
	}
	if y.records() < 2 {
		return nil // nothing can have been sent, and there is nothing to go on with
	}
	m := murder{usual: p.usual}
	code, err = m.goOn(y, "resume", "last")
	if err == nil && code == 3 {
		if err = m.settleDoubt(y); err == nil {
			code, err = m.goOn(y, "resume", "last")
		}
	}
	if err != nil {
		return err
	}
	if code != 0 {
		return fmt.Errorf("resume ended with %d", code)
	}
	return m.inspect(y)
}
