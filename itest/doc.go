// Package itest tries ofsplan against things we did not write: a complete OAuth server, a mail server, and a proxy that does to
// a connection what networks do.
//
// It is a module of its own, so that none of what these tests need reaches the program. It holds tests only:
// begin with night_test.go for the identity service, notice_test.go for mail and webhooks, and cut_test.go for the network.
package itest
