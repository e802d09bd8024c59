package ofs

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"ofsplan/internal/trust"
)

// ownCertificate is the certificate with which we say who we are. It follows its files: what replaces it there is shown in the
// next handshake. One that has expired by our clock is not shown, so that what needs it is not sent instead of in doubt: in
// TLS 1.3 the server judges it after the handshake is over for us.
type ownCertificate struct {
	certFile, keyFile string // both empty: we have none
	now               func() time.Time
	asked             atomic.Bool // a server wanted to see one

	mu         sync.Mutex // guards what follows
	pair       *tls.Certificate
	from       [2]stamp // the files that pair was read from
	generation int      // raised with each other pair
}

// stamp tells one version of a file from the next.
type stamp struct {
	modified time.Time
	size     int64
}

// certificateError is why we do not show our certificate.
type certificateError struct{ what, hint string }

func (e *certificateError) Error() string { return e.what }

// read reads the pair for the first time.
func (o *ownCertificate) read() error {
	switch {
	case o.certFile == "" && o.keyFile == "":
		return nil
	case o.certFile == "":
		return errors.New("tls.key_file stands without tls.cert_file")
	case o.keyFile == "":
		return errors.New("tls.cert_file stands without tls.key_file")
	}
	from := o.stamps()
	pair, err := keyPair(o.certFile, o.keyFile)
	if err != nil {
		return err
	}
	o.pair, o.from = &pair, from
	return nil
}

// stamps are those of the files as they are now; of one that cannot be looked at, the zero stamp.
func (o *ownCertificate) stamps() (all [2]stamp) {
	for i, path := range []string{o.certFile, o.keyFile} {
		if info, err := os.Stat(path); err == nil {
			all[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return all
}

// current is the pair of the files, nil when we have none, and its generation. Files that do not make a pair, as while somebody
// replaces one after the other, leave the pair as it was, and are read again next time.
func (o *ownCertificate) current() (*tls.Certificate, int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.pair == nil {
		return nil, 0, nil
	}
	if from := o.stamps(); from != o.from {
		if pair, err := keyPair(o.certFile, o.keyFile); err == nil {
			o.pair, o.from = &pair, from
			o.generation++
		}
	}
	if leaf, now := o.pair.Leaf, o.now(); leaf != nil && now.After(leaf.NotAfter) {
		return nil, o.generation, &certificateError{
			fmt.Sprintf("our client certificate expired at %s, and by our clock it is %s", stamped(leaf.NotAfter), stamped(now)),
			"put a new one into tls.cert_file and tls.key_file of the target: they are read again for each connection",
		}
	}
	return o.pair, o.generation, nil
}

// show answers a server that wants to see our certificate.
func (o *ownCertificate) show(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	o.asked.Store(true)
	pair, _, err := o.current()
	if pair == nil && err == nil {
		return new(tls.Certificate), nil // we have none, which may be enough
	}
	return pair, err
}

// sessions are TLS sessions to be taken up again, each with the certificate that was shown when it began. What has another
// certificate to show, or none any more, begins anew.
type sessions struct {
	own  *ownCertificate
	kept tls.ClientSessionCache
}

// Get finds the session for a server.
func (s sessions) Get(key string) (*tls.ClientSessionState, bool) {
	_, generation, err := s.own.current()
	if err != nil {
		return nil, false
	}
	return s.kept.Get(strconv.Itoa(generation) + " " + key)
}

// Put keeps it.
func (s sessions) Put(key string, state *tls.ClientSessionState) {
	_, generation, _ := s.own.current()
	s.kept.Put(strconv.Itoa(generation)+" "+key, state)
}

// keyPair reads our certificate and its key, which nobody else may read.
func keyPair(certFile, keyFile string) (tls.Certificate, error) {
	info, err := os.Stat(keyFile)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("tls.key_file: %w", err)
	}
	if err := trust.Private(info, keyFile); err != nil {
		return tls.Certificate{}, fmt.Errorf("tls.key_file: %q: %w", keyFile, err)
	}
	cert, err := tls.LoadX509KeyPair(certFile, keyFile)
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return cert, fmt.Errorf("tls.cert_file: %w", p)
	}
	if err != nil {
		return cert, fmt.Errorf("tls.cert_file %q and tls.key_file %q do not make a pair: %w", certFile, keyFile, err)
	}
	return cert, nil
}
