// Package accounts asks the operating system who somebody is: which user has a name or a number, and who is a member of a group.
//
// It asks getent, the system's own program, since users and groups live in directories (LDAP, Active Directory) that a program without C's
// library does not reach by itself. Nothing is kept: whoever was a member yesterday is asked for again today. It knows nothing of plans and
// runs; start with [System].
package accounts

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrUnknown is wrapped by the error of a name or number that the system does not know.
var ErrUnknown = errors.New("the system does not know it")

// program is what is asked.
const program = "getent"

// Limit is how long one question may take.
const Limit = 5 * time.Second

// mostAnswer bounds how much of an answer is read, in bytes: a group may have many members.
const mostAnswer = 8 << 20

// A Directory is where users and groups are known.
type Directory struct {
	// Ask is the answer to one question, without its newline: a database of getent, passwd, group or initgroups, and a key. A key that is
	// not there is an error that wraps ErrUnknown.
	Ask func(ctx context.Context, database, key string) (string, error)
}

// System is the directory of this host.
func System() Directory { return Directory{Ask: getent} }

// A User is somebody who can log in.
type User struct {
	Name string
	UID  string // the number
	gid  string // of the group that is first
}

// User is the user of that name or number.
func (d Directory) User(ctx context.Context, key string) (User, error) {
	fields, err := d.line(ctx, "passwd", key, 4)
	if err != nil {
		return User{}, err
	}
	return User{Name: fields[0], UID: fields[2], gid: fields[3]}, nil
}

// A group and its members, as far as the directory lists them.
type group struct {
	gid     string
	members []string
}

func (d Directory) group(ctx context.Context, name string) (group, error) {
	fields, err := d.line(ctx, "group", name, 4)
	if err != nil {
		return group{}, err
	}
	return group{fields[2], strings.Split(fields[3], ",")}, nil
}

// HasGroup reports whether the system knows a group; the error is that it could not be asked.
func (d Directory) HasGroup(ctx context.Context, name string) (bool, error) {
	return known(d.group(ctx, name))
}

// HasUser reports whether it knows a user; likewise.
func (d Directory) HasUser(ctx context.Context, name string) (bool, error) {
	return known(d.User(ctx, name))
}

func known[T any](_ T, err error) (bool, error) {
	if errors.Is(err, ErrUnknown) {
		return false, nil
	}
	return err == nil, err
}

// A Person is somebody as others have named him.
type Person struct {
	Name   string   // what the system calls him; empty: it does not know the number
	Users  []string // which of the names that were asked about are his
	Groups []string // of which of the groups he is a member
}

// Who is the user of that number, held against names of users and of groups. Names and numbers that the system does not know are
// nobody's; the error is that it could not be asked.
func (d Directory) Who(ctx context.Context, uid string, users, groups []string) (p Person, err error) {
	number, err := strconv.ParseUint(uid, 10, 32)
	if err != nil {
		return p, fmt.Errorf("%q is not the number of a user", uid)
	}
	uid = strconv.FormatUint(number, 10)
	me, err := d.User(ctx, uid)
	if err != nil && !errors.Is(err, ErrUnknown) {
		return p, err
	}
	p.Name = me.Name
	for _, name := range users {
		switch u, err := d.User(ctx, name); {
		case err == nil && u.UID == uid:
			p.Users = append(p.Users, name)
		case err != nil && !errors.Is(err, ErrUnknown):
			return p, err
		}
	}
	if me == (User{}) {
		return p, nil
	}
	for _, name := range groups {
		member, err := d.isMember(ctx, me, name)
		if err != nil {
			return p, err
		}
		if member {
			p.Groups = append(p.Groups, name)
		}
	}
	return p, nil
}

// isMember reports whether a user is in a group: it is his first one, it lists him, or it is among those that he would have once he logs
// in. A directory may list no members and know them all the same.
func (d Directory) isMember(ctx context.Context, u User, name string) (bool, error) {
	g, err := d.group(ctx, name)
	switch {
	case errors.Is(err, ErrUnknown):
		return false, nil
	case err != nil:
		return false, err
	case g.gid == u.gid, slices.Contains(g.members, u.Name):
		return true, nil
	}
	answer, err := d.Ask(ctx, "initgroups", u.Name)
	if errors.Is(err, ErrUnknown) { // nor does every getent know this question
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return slices.Contains(strings.Fields(strings.TrimPrefix(answer, u.Name)), g.gid), nil
}

// line is the answer to a question, by its fields.
func (d Directory) line(ctx context.Context, database, key string, fields int) ([]string, error) {
	answer, err := d.Ask(ctx, database, key)
	if err != nil {
		return nil, err
	}
	answer, _, _ = strings.Cut(answer, "\n")
	out := strings.Split(answer, ":")
	if len(out) < fields || out[0] == "" || out[2] == "" {
		return nil, fmt.Errorf("%s %s %s answers %q, which is no line of a %s file", program, database, key, short(answer), database)
	}
	return out, nil
}

// notFound is the exit code of getent for a key that is not there, and unknownDatabase for a question that it does not know.
const (
	unknownDatabase = 1
	notFound        = 2
)

// getent asks the system. A key that would be an option is refused: it can be no name.
func getent(ctx context.Context, database, key string) (string, error) {
	if key == "" || strings.HasPrefix(key, "-") || strings.ContainsAny(key, "\n\x00:") {
		return "", fmt.Errorf("%q: %w", key, ErrUnknown)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, Limit, fmt.Errorf("no answer within %s", Limit))
	defer cancel()
	cmd := exec.CommandContext(ctx, program, database, key)
	cmd.Env = []string{"LC_ALL=C", "PATH=" + os.Getenv("PATH")} // it needs nothing of ours
	cmd.WaitDelay = 100 * time.Millisecond
	answer := bounded{most: mostAnswer}
	cmd.Stdout = &answer
	err := cmd.Run()
	exit, _ := errors.AsType[*exec.ExitError](err)
	switch {
	case err == nil && answer.over:
		return "", fmt.Errorf("%s %s %s answers more than %d bytes", program, database, key, mostAnswer)
	case err == nil:
		return strings.TrimSuffix(answer.kept.String(), "\n"), nil
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case exit != nil && exit.ExitCode() == notFound, exit != nil && exit.ExitCode() == unknownDatabase && database == "initgroups":
		return "", fmt.Errorf("%q: %w", key, ErrUnknown)
	}
	return "", fmt.Errorf("%s %s %s: %w", program, database, key, cmp.Or(err, context.Cause(ctx)))
}

// bounded keeps the beginning of what is written to it.
type bounded struct {
	kept bytes.Buffer // not embedded: it would read for itself, without a bound
	most int
	over bool
}

// Write takes all, and keeps what there is room for.
func (b *bounded) Write(p []byte) (int, error) {
	room := max(b.most-b.kept.Len(), 0)
	if len(p) > room {
		b.over = true
		b.kept.Write(p[:room])
		return len(p), nil
	}
	return b.kept.Write(p)
}

// short is the beginning of a text, for a message.
func short(text string) string {
	const most = 80
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}
