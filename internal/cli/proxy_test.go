package cli

import (
	"bytes"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"ofsplan/internal/exitcode"
)

// childArgs holds a command line for TestChild, one word a line.
const childArgs = "OFSPLAN_TEST_CHILD"

// TestChild is the program in a process of its own, when it is started as one: net/http reads the proxies of the
// environment once in a process.
func TestChild(t *testing.T) {
	if args := os.Getenv(childArgs); args != "" {
		os.Exit(Main(strings.Split(args, "\n"), os.Stdin, os.Stdout, os.Stderr))
	}
}

// child runs a command line behind a proxy in a process of its own.
func (c *cage) child(proxy string, args ...string) (code exitcode.Code, text string) {
	c.t.Helper()
	return c.through(args, func(out, err *bytes.Buffer) exitcode.Code {
		cmd := exec.Command(os.Args[0], "-test.run=^TestChild$")
		cmd.Env = append(os.Environ(), "HTTP_PROXY="+proxy, "HTTPS_PROXY="+proxy, "NO_PROXY=", childArgs+"="+strings.Join(args, "\n"))
		cmd.Stdout, cmd.Stderr = out, err
		failed := cmd.Run()
		if e, ok := errors.AsType[*exec.ExitError](failed); ok {
			return exitcode.Code(e.ExitCode())
		}
		if failed != nil {
			c.t.Fatal(failed)
		}
		return 0
	})
}

// A proxy that wants a password, and does not take it.
func TestNoSecretLeaksFromAProxy(t *testing.T) {
	c := newCage(t)
	as := url.UserPassword("me", canaries.proxyPassword).String() + "@"
	proxy := strings.Replace(c.parrot.URL, "http://", "http://"+as, 1)
	for i, d := range []answer{page(407), page(502), moved(302), rawAnswers["a status line of canaries"], raw("HTTP/1.1 407 %s\r\n\r\n")} {
		for _, s := range []spelling{spellings[0], spellings[1+i]} {
			c.parrot.set("token", d, s)
			if code, text := c.child(proxy, "target", "check", "--target", "far"); code != exitcode.Unreachable {
				t.Errorf("exit code %d\n%s", code, text)
			}
			c.parrot.set("connect", d, s)
			if code, text := c.child(proxy, "run", c.plan, "--target", "far_tls", "--json"); code != exitcode.Unreachable {
				t.Errorf("exit code %d\n%s", code, text)
			}
			c.files("a proxy that refuses")
		}
	}
	for _, proxy := range []string{
		"http://" + as + "127.0.0.1:1", "http://me:" + canaries.proxyPassword + "@127.0.0.1:1", "http://" + as + "[127.0.0.1:1",
		"nothing://" + as + "127.0.0.1:1", as + "127.0.0.1:1",
	} {
		for _, target := range []string{"far", "far_tls"} {
			if code, text := c.child(proxy, "run", c.plan, "--target", target); code != exitcode.Unreachable {
				t.Errorf("%s: exit code %d\n%s", proxy, code, text)
			}
		}
		c.files("a proxy that cannot be used")
	}
}
