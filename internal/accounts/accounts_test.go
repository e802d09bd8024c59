package accounts

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// bank is a directory with people of a bank.
var bank = map[string]string{
	"passwd carol": "carol:x:1003:100:Carol:/home/carol:/bin/sh", "passwd 1003": "carol:x:1003:100:Carol:/home/carol:/bin/sh",
	"passwd CAROL": "carol:x:1003:100:Carol:/home/carol:/bin/sh", // a directory that does not mind
	"passwd dave":  "dave:x:1004:4242::/home/dave:/bin/sh", "passwd 1004": "dave:x:1004:4242::/home/dave:/bin/sh",
	"passwd erin": "erin:x:1005:100::/:", "passwd 1005": "erin:x:1005:100::/:",
	"group duty": "duty:x:500:carol,someone", "group first": "first:x:4242:", "group hidden": "hidden:x:600:",
	"initgroups erin": "erin                  100 600",
	"passwd broken":   "broken", "passwd 6": "six:x:",
}

var directory = Directory{Ask: func(_ context.Context, database, key string) (string, error) {
	if key == "down" {
		return "", errors.New("the directory is down")
	}
	if line, ok := bank[database+" "+key]; ok {
		return line, nil
	}
	return "", fmt.Errorf("%q: %w", key, ErrUnknown)
}}

func TestWho(t *testing.T) {
	for _, c := range []struct {
		name, uid     string
		users, groups []string
		want          string
	}{
		{"by his name", "1003", []string{"dave", "carol"}, nil, "carol [carol] []"},
		{"by another spelling of it", "1003", []string{"CAROL"}, nil, "carol [CAROL] []"},
		{"as a member", "1003", nil, []string{"first", "duty"}, "carol [] [duty]"},
		{"by his first group", "1004", nil, []string{"first", "duty"}, "dave [] [first]"},
		{"by a group that lists nobody", "1005", nil, []string{"hidden"}, "erin [] [hidden]"},
		{"nobody of those", "1005", []string{"carol"}, []string{"duty"}, "erin [] []"},
		{"names that nobody has", "1003", []string{"nobody_of_ours"}, []string{"no_group"}, "carol [] []"},
		{"a number that nobody has", "1999", []string{"carol"}, []string{"duty"}, " [] []"},
		{"a number with zeros", "01003", []string{"carol"}, nil, "carol [carol] []"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := directory.Who(t.Context(), c.uid, c.users, c.groups)
			if got := fmt.Sprintf("%s %v %v", p.Name, p.Users, p.Groups); err != nil || got != c.want {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
}

// That a directory cannot be asked is never the same as that somebody is nobody.
func TestADirectoryThatCannotBeAsked(t *testing.T) {
	for _, ask := range []func() error{
		func() error { _, err := directory.Who(t.Context(), "1003", []string{"down"}, nil); return err },
		func() error { _, err := directory.Who(t.Context(), "1003", nil, []string{"down"}); return err },
		func() error { _, err := directory.Who(t.Context(), "1003", []string{"broken"}, nil); return err },
		func() error { _, err := directory.Who(t.Context(), "6", nil, nil); return err },
		func() error { _, err := directory.Who(t.Context(), "root", nil, nil); return err },
		func() error { _, err := directory.Who(t.Context(), "-1", nil, nil); return err },
		func() error { _, err := directory.HasUser(t.Context(), "down"); return err },
		func() error { _, err := directory.HasGroup(t.Context(), "down"); return err },
	} {
		if err := ask(); err == nil || errors.Is(err, ErrUnknown) {
			t.Errorf("got %v, want that it cannot be told", err)
		}
	}
}

func TestKnown(t *testing.T) {
	if ok, err := directory.HasUser(t.Context(), "carol"); !ok || err != nil {
		t.Errorf("carol: got %v, %v", ok, err)
	}
	if ok, err := directory.HasGroup(t.Context(), "no_group"); ok || err != nil {
		t.Errorf("no_group: got %v, %v", ok, err)
	}
}

// fake puts a program of that name in front of all others.
func fake(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, program), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

func TestGetent(t *testing.T) {
	t.Setenv("OFSPLAN_PARAM_PIN", "secret")
	fake(t, `
[ -z "$OFSPLAN_PARAM_PIN" ] || exit 9
case "$#:$1:$2" in
2:passwd:carol) echo carol:x:1003:100::/: ;;
2:group:huge) exec head -c 9000000 /dev/zero ;;
2:initgroups:carol) echo "Unknown database" >&2; exit 1 ;;
2:passwd:odd | *:-*) exit 1 ;;
*) exit 2 ;;
esac`)
	d := System()
	if u, err := d.User(t.Context(), "carol"); err != nil || u.UID != "1003" {
		t.Errorf("got %+v, %v", u, err)
	}
	if _, err := d.Ask(t.Context(), "initgroups", "carol"); !errors.Is(err, ErrUnknown) {
		t.Errorf("a getent that does not know the question: %v", err)
	}
	if _, err := d.User(t.Context(), "odd"); err == nil || errors.Is(err, ErrUnknown) {
		t.Errorf("a failure is taken for an answer: %v", err)
	}
	if _, err := d.HasGroup(t.Context(), "huge"); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("got %v, want that the answer is too long", err)
	}
	for _, key := range []string{"", "-s", "--help", "a\nb", "a:b", "dave"} {
		if _, err := d.User(t.Context(), key); !errors.Is(err, ErrUnknown) {
			t.Errorf("%q: got %v, want ErrUnknown", key, err)
		}
	}
}

// The system's own one is asked as this test's is.
func TestTheSystem(t *testing.T) {
	u, err := System().User(t.Context(), "root")
	if err != nil {
		t.Skip("no getent here:", err)
	}
	if byNumber, err := System().User(t.Context(), "0"); err != nil || byNumber != u {
		t.Errorf("root is %+v by name and %+v, %v by number", u, byNumber, err)
	}
	p, err := System().Who(t.Context(), "0", []string{"nobody", "root"}, []string{"root", "no_such_group_of_ours"})
	if err != nil || !slices.Equal(p.Users, []string{"root"}) || !slices.Equal(p.Groups, []string{"root"}) {
		t.Errorf("got %+v, %v", p, err)
	}
}

// A directory that hangs is not waited for.
func TestADirectoryThatHangs(t *testing.T) {
	fake(t, "exec sleep 600")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := System().User(ctx, "carol"); err == nil || errors.Is(err, ErrUnknown) {
		t.Errorf("got %v, want that there is no answer", err)
	}
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		d := Directory{Ask: func(ctx context.Context, _, _ string) (string, error) { <-ctx.Done(); return "", context.Cause(ctx) }}
		ctx, cancel := context.WithTimeout(t.Context(), Limit)
		defer cancel()
		if _, err := d.User(ctx, "carol"); err == nil || time.Since(begun) != Limit {
			t.Errorf("got %v after %s", err, time.Since(begun))
		}
	})
}
