package ofs

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// maxKept is how much of an answer's body is kept, in bytes.
const maxKept = 4 << 10

// A Raw is an answer as it came, for the record: what we made of it stands beside it. The zero Raw: none came.
type Raw struct {
	Line string // the status line, such as "HTTP/1.1 200 OK", made safe to print
	Size int    // so many bytes of body were read
	// SHA256 is that of the body, in hex. Empty: it was not read to its end, or held something secret, which could be guessed from it.
	SHA256 string
	// Body is the body without secrets, at most some thousand bytes of it; of an answer to a look that was taken for what it says it is empty.
	Body string
}

// raw is an exchange's answer for the record. With keep its body is kept.
func (c *Client) raw(x exchange, keep bool) Raw {
	if x.status == 0 {
		return Raw{}
	}
	r := Raw{Line: c.say(x.line), Size: len(x.body)}
	clean := c.cfg.Filter.Clean(x.body)
	if x.err == nil && bytes.Equal(clean, x.body) {
		sum := sha256.Sum256(x.body)
		r.SHA256 = hex.EncodeToString(sum[:])
	}
	if keep {
		r.Body = c.kept(string(clean))
	}
	return r
}

// kept is the beginning of a body that was cleaned, in valid UTF-8. A secret that was broken over lines is whole again once they are
// joined: then the body is kept in one line, without it.
func (c *Client) kept(clean string) string {
	line := strings.Join(strings.Fields(clean), " ")
	if again := string(c.cfg.Filter.Clean([]byte(line))); again != line {
		clean = again
	}
	clean = strings.ToValidUTF8(clean, "\uFFFD")
	if len(clean) > maxKept {
		clean = strings.ToValidUTF8(clean[:maxKept], "") + "…"
	}
	return clean
}
