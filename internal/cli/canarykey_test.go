package cli

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ofsplan/internal/exitcode"
)

// keyTargets sign in with a client certificate; of some the key is not what it should be.
const keyTargets = `targets:
  mutual: &mutual
    url: %[1]s/acme
    tenant: lab
    service: LAB
    user: LABUSER
    auth: {grant: none}
    tls: {ca_file: ca.pem, cert_file: cert.pem, key_file: key.pem}
  refused_by_name:
    <<: *mutual
    url: %[2]s/acme
  no_tls:
    <<: *mutual
    url: %[3]s/acme
  swapped:
    <<: *mutual
    tls: {ca_file: ca.pem, cert_file: key.pem, key_file: cert.pem}
  key_alone:
    <<: *mutual
    tls: {ca_file: ca.pem, cert_file: key.pem, key_file: key.pem}
  key_for_ca:
    <<: *mutual
    tls: {ca_file: key.pem, cert_file: cert.pem, key_file: key.pem}
  other_key:
    <<: *mutual
    tls: {ca_file: ca.pem, cert_file: cert.pem, key_file: other.pem}
  cut_key:
    <<: *mutual
    tls: {ca_file: ca.pem, cert_file: cert.pem, key_file: cut.pem}
  bare_key:
    <<: *mutual
    tls: {ca_file: ca.pem, cert_file: cert.pem, key_file: bare.pem}
  open_key:
    <<: *mutual
    tls: {ca_file: ca.pem, cert_file: cert.pem, key_file: open.pem}
  a_folder:
    <<: *mutual
    tls: {ca_file: ca.pem, cert_file: cert.pem, key_file: bin}
`

// clientKey is a key and its certificate, as files of mutual TLS.
func clientKey(t *testing.T) (key *ecdsa.PrivateKey, keyPEM, certPEM []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ofsplan"}, NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return key, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})
}

// keyNeedles are a key in all spellings: its number, and the lines of its file.
func keyNeedles(t *testing.T, key *ecdsa.PrivateKey, keyPEM []byte) (all []needle) {
	t.Helper()
	number, err := key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	texts := append(strings.Split(string(keyPEM), "\n")[1:3], string(number))
	for _, text := range texts {
		for _, s := range spellings {
			for _, spelt := range s.spell(text) {
				all = append(all, needle{"the key, " + s.name, spelt})
			}
		}
	}
	return append(all, needle{"the key, as a number", new(big.Int).SetBytes(number).String()})
}

// The key of a client certificate is in no output and no file, whatever is wrong with it or with who asks for it.
func TestNoSecretLeaksFromAClientKey(t *testing.T) {
	c := newCage(t)
	key, keyPEM, certPEM := clientKey(t)
	_, other, _ := clientKey(t)
	body, status := "", 200
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
	plain := httptest.NewServer(h)
	defer plain.Close()
	s := httptest.NewUnstartedServer(h)
	s.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()

	c.write("key.pem", string(keyPEM))
	c.write("other.pem", string(other))
	c.write("cut.pem", string(keyPEM[:len(keyPEM)-60]))
	c.write("bare.pem", strings.Join(strings.Split(string(keyPEM), "\n")[1:3], "\n"))
	c.write("cert.pem", string(certPEM))
	c.write("ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})))
	if err := os.Chmod(c.write("open.pem", string(keyPEM)), 0o644); err != nil {
		t.Fatal(err)
	}
	byName := strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	c.write("targets.yaml", fmt.Sprintf(keyTargets, s.URL, byName, "https"+strings.TrimPrefix(plain.URL, "http")))

	c.also = keyNeedles(t, key, keyPEM)
	for _, answer := range []string{`{"statusCode":"0","batchRunId":"` + aRun + `","batchStatusCode":"0","batchStatus":"SUCCESSFUL"}`, "<html>", ""} {
		body = answer
		for _, status = range []int{200, 401, 500} {
			if code, text := c.run("run", c.plan, "--target", "mutual", "--log-format", "json", "--json"); code == exitcode.Usage {
				t.Fatalf("the key that is good is not taken:\n%s", text)
			}
			c.run("target", "check", "--target", "mutual", "--json")
			c.files("mutual")
		}
	}
	for _, target := range []string{"refused_by_name", "no_tls", "swapped", "key_alone", "key_for_ca", "other_key", "cut_key", "bare_key", "open_key", "a_folder"} {
		for _, args := range [][]string{{"run", c.plan}, {"run", c.plan, "--json", "--log-format", "json"}, {"target", "check"}, {"target", "check", "--json"}, {"batch", "status", aRun}} {
			if code, text := c.run(append(args, "--target", target)...); code == exitcode.Succeeded {
				t.Errorf("%s %s: all is well\n%s", target, args, text)
			}
		}
		c.files(target)
	}
	c.run("target", "list", "--json")
	if file := filepath.Join(c.dir, "key.pem"); !c.holds(mustBytes(t, file)) {
		t.Error("the key would not be found where it is")
	}
}

// holds reports whether one of the needles is in a text.
func (c *cage) holds(text []byte) bool {
	for _, n := range c.also {
		if bytes.Contains(text, []byte(n.text)) {
			return true
		}
	}
	return false
}

func mustBytes(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
