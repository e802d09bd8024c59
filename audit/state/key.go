package state

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"ofsplan/audit"
	"ofsplan/internal/trust"
)

// keySize is how many random bytes a key has.
const keySize = 32

// ErrNoKey is what an error wraps when there is no key.
var ErrNoKey = errors.New("there is no key")

// ErrOtherKey is what the error of [Key.Matches] wraps when another key made a digest.
var ErrOtherKey = errors.New("another key made the digest")

// A Key makes digests of secrets: HMAC-SHA256, so that nobody who has the digest alone can find the secret by trying
// likely ones. It never leaves this process and its store.
type Key struct {
	secret []byte
	where  string
}

// NewKey is the key with that secret; where says to people where it is kept.
func NewKey(secret []byte, where string) Key { return Key{secret, where} }

// Where says to people where the key is kept.
func (k Key) Where() string { return k.where }

// keyName is the name of the file of the key, and begins those that it is made from.
const keyName = "digest.key"

// keyFile is the path of the key of digests.
func (f *Folder) keyFile() string { return filepath.Join(f.path, keyName) }

// Key is the folder's key. Its name is made durable whoever made it: that process may have died over it, or be about to make
// it so, and a digest must not outlive its key.
func (f *Folder) Key() (Key, error) {
	k, err := f.KeptKey()
	if err != nil && !errors.Is(err, ErrNoKey) {
		return k, err
	}
	if err != nil {
		if err := audit.MakeDirs(f.disk, f.path); err != nil {
			return Key{}, fmt.Errorf("make the state folder: %w", err)
		}
		if err := f.makeKey(); err != nil {
			return Key{}, fmt.Errorf("make the key of digests: %w", err)
		}
		if k, err = f.KeptKey(); err != nil {
			return Key{}, err
		}
	}
	if err := f.disk.SyncDir(f.path); err != nil {
		return Key{}, fmt.Errorf("make the key of digests: %w", err)
	}
	return k, nil
}

// KeptKey is the key there is.
func (f *Folder) KeptKey() (Key, error) {
	file, err := f.disk.Read(f.keyFile())
	if errors.Is(err, fs.ErrNotExist) {
		return Key{}, fmt.Errorf("%w: %s is gone", ErrNoKey, f.keyFile())
	}
	if err != nil {
		return Key{}, fmt.Errorf("read the key of digests: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return Key{}, fmt.Errorf("read the key of digests: %w", err)
	}
	if err := trust.Private(info, f.keyFile()); err != nil {
		return Key{}, fmt.Errorf("the key of digests is not used: whoever has it could guess secrets from audit logs, and %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(file, 4*keySize))
	if err != nil {
		return Key{}, fmt.Errorf("read the key of digests: %w", err)
	}
	secret, err := hex.DecodeString(strings.TrimSuffix(string(text), "\n"))
	if err != nil || len(secret) != keySize {
		return Key{}, fmt.Errorf("%s is no key of digests: it is damaged\n\tput it back from a backup; without it runs with sensitive parameters cannot be resumed", f.keyFile())
	}
	return NewKey(secret, f.keyFile()), nil
}

// makeKey writes a fresh key into a temporary file and links it to its place, whole, unless another process was faster.
func (f *Folder) makeKey() error {
	temp := f.keyFile() + "." + rand.Text()
	file, err := f.disk.Create(temp)
	if err != nil {
		return err
	}
	_, err = file.Write([]byte(hex.EncodeToString(freshSecret()) + "\n"))
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = f.disk.Link(temp, f.keyFile())
	}
	if errors.Is(err, fs.ErrExist) {
		err = nil
	}
	return errors.Join(err, f.disk.Remove(temp))
}

// freshSecret is the secret of a new key.
func freshSecret() []byte {
	secret := make([]byte, keySize)
	_, _ = rand.Read(secret) // never fails
	return secret
}

// id names a key without revealing anything of it.
func (k Key) id() string {
	sum := sha256.Sum256(append([]byte("ofsplan key of digests\x00"), k.secret...))
	return hex.EncodeToString(sum[:4])
}

// Digest is that of a secret a run was given under a name, as the journal keeps it: the same secret has another one in
// every run and under every name.
func (k Key) Digest(run, name, secret string) string {
	mac := hmac.New(sha256.New, k.secret)
	for _, part := range []string{"ofsplan sensitive parameter", run, name} {
		mac.Write([]byte(part))
		mac.Write([]byte{0})
	}
	mac.Write([]byte(secret))
	return "hmac-sha256:" + k.id() + ":" + hex.EncodeToString(mac.Sum(nil))
}

// Matches reports whether a digest is that of this secret. The error, which wraps [ErrOtherKey], is that of a digest this
// key cannot be asked about.
func (k Key) Matches(digest, run, name, secret string) (bool, error) {
	is := k.Digest(run, name, secret)
	if prefix := is[:strings.LastIndexByte(is, ':')+1]; !strings.HasPrefix(digest, prefix) {
		return false, ErrOtherKey
	}
	return hmac.Equal([]byte(is), []byte(digest)), nil
}
