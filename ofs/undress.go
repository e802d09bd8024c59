package ofs

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"
)

// Gateways dress answers: they compress them, or put a mark before them. A look's answer is undressed, since a misread look
// costs nothing; of a request that changes something only what the guide says counts, and we say what was seen instead.

// byteOrderMark is U+FEFF in UTF-8, which JSON may not begin with. RFC 8259 section 8.1.
var byteOrderMark = []byte("\xEF\xBB\xBF")

// undress takes off what a gateway put around an answer, and its header with it; at most most bytes are read.
func undress(h http.Header, body []byte, most int64) ([]byte, error) {
	switch encoding(h) {
	case "gzip", "x-gzip":
		r, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil, fmt.Errorf("the answer says that it is compressed (Content-Encoding: gzip), and is not: %w", err)
		}
		if body, err = io.ReadAll(io.LimitReader(r, most+1)); err != nil {
			return nil, fmt.Errorf("the answer is compressed (Content-Encoding: gzip), and broken: %w", err)
		}
		h.Del("Content-Encoding")
		if int64(len(body)) > most {
			return nil, fmt.Errorf("%w: more than %d bytes when it is decompressed", errTooLarge, most)
		}
	}
	return bytes.TrimPrefix(body, byteOrderMark), nil
}

// encoding is how the answer says that it is encoded, in small letters; empty: as it is.
func encoding(h http.Header) string {
	name := strings.ToLower(strings.TrimSpace(strings.Join(h.Values("Content-Encoding"), ", ")))
	if name == "identity" {
		return ""
	}
	return name
}

// garbage names what is wrong with an answer that is not one complete JSON object.
func garbage(body []byte) error {
	switch {
	case bytes.HasPrefix(body, []byte{0x1F, 0x8B}):
		return fmt.Errorf("%w: it is compressed with gzip, which nobody asked for", errNotJSON)
	case bytes.HasPrefix(body, byteOrderMark):
		return fmt.Errorf("%w: it begins with a byte order mark (U+FEFF), which JSON may not", errNotJSON)
	case bytes.HasPrefix(body, []byte{0xFF, 0xFE}), bytes.HasPrefix(body, []byte{0xFE, 0xFF}):
		return fmt.Errorf("%w: it begins with the byte order mark of UTF-16, so it is not in UTF-8", errNotJSON)
	case !utf8.Valid(body):
		return fmt.Errorf("%w: it is not in UTF-8", errNotJSON)
	}
	return errNotJSON
}

// decoded reads the answer of an exchange as one complete JSON object, and names what keeps it from being one.
func (x exchange) decoded() (fields, error) {
	if x.err != nil {
		return nil, x.err
	}
	f, err := decode(x.body)
	if name := encoding(x.header); err != nil && name != "" {
		return nil, fmt.Errorf("%w: it is encoded (Content-Encoding: %s), which nobody asked for", errNotJSON, plain(name))
	}
	return f, err
}
