# make builds; make check is what must pass; every target is one line.
FUZZTIME ?= 1m
CAMPAIGN ?= 10m
FROM ?= 0
# What every log says that this program writes, from git; nothing where there is no git. The go command alone stamps no version where
# GOFLAGS holds -buildvcs=false, and none of a tree without a tag.
VERSION := $(shell git describe --tags --exact-match --dirty=+dirty 2>/dev/null || { TZ=UTC0 git log -1 --abbrev=12 --date=format-local:%Y%m%d%H%M%S --format=v0.0.0-%cd-%h 2>/dev/null | tr -d '\n'; git diff --quiet HEAD 2>/dev/null || { git rev-parse -q --verify HEAD >/dev/null 2>&1 && echo +dirty; }; })
LDFLAGS := -s -w $(if $(VERSION),-X ofsplan/internal/operate.version=$(VERSION))
STATICCHECK := go tool -modfile=.ci/tools.mod staticcheck

.PHONY: build dist quick test check night fmt vet lint race itest bench fuzz mutants cross editor man campaign golden

# A static binary, the same from every folder.
build: ; CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/ofsplan .

# What is given away: programs with their digest in them (ofsplan version --verify), and all digests in bin/dist/SHA256SUMS.
dist: ; @set -e; for t in linux/amd64 linux/arm64; do GOOS=$${t%/*} GOARCH=$${t#*/} CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/dist/ofsplan-$${t%/*}-$${t#*/} .; done; go run -tags dist ./internal/stamp/file bin/dist/ofsplan-linux-* | tee bin/dist/SHA256SUMS

# For the inner loop, some seconds: what kills processes, flips every byte or lasts as long as a night is left out.
quick: ; go test -short ./...

# All tests, within two minutes on two cores.
test: ; go test ./...

# The layers, the examples and the documents are tests at the root.
check: fmt vet lint test race itest

# What takes too long for every change.
night: mutants cross editor fuzz campaign

fmt: ; @files=$$(gofmt -l .); test -z "$$files" || { echo "gofmt would change:"; echo "$$files"; exit 1; }

vet: ; go vet ./...

lint: ; $(STATICCHECK) ./...

# Needs a C compiler, as Go's race detector does.
race: ; CGO_ENABLED=1 go test -race ./...

# Against a real OAuth server and a proxy that breaks connections; a module of its own.
itest: ; cd itest && go test ./...

bench: ; go test -run '^$$' -bench . -benchmem ./...

# Every fuzzer for FUZZTIME, one after the other.
fuzz: ; @set -e; for p in $$(go list ./...); do for f in $$(go test -list '^Fuzz' $$p | grep '^Fuzz' || true); do go test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$p; done; done

# Breaks a copy of the program in one place after the other; the named test of each breakage must notice. Some minutes.
mutants: ; go test -tags mutants -run '^TestMutants$$' -v -timeout 30m ./internal/mutants

# What an editor shows, by yaml-language-server from the npm registry; skipped, with a word, where that is not to be had.
editor: ; go test -tags editor -run '^TestEditor$$' -v ./schema

# For the systems on which plans are written or run.
cross: ; @set -e; for t in linux/arm64 linux/s390x aix/ppc64 darwin/arm64 freebsd/amd64 illumos/amd64 windows/amd64; do GOOS=$${t%/*} GOARCH=$${t#*/} CGO_ENABLED=0 go build ./...; done

# The manual pages, in bin/man.
man: ; go run -tags man ./internal/manual bin/man

# Rewrites what the tests expect. Read the difference like prose before it is committed.
golden: ; go test . ./audit ./internal/format ./internal/plandiff ./internal/source ./internal/view ./ofs/sim ./plan ./runner ./internal/rehearse/incident ./internal/rehearse/plantest ./internal/rehearse/scenario ./internal/rehearse/sweep ./schema -rewrite

# Nights drawn for CAMPAIGN from seed FROM on: how many, what they reached, and each breach with the seed that repeats it.
campaign: ; go test ./internal/rehearse -run TestSeededNights -v -timeout 0 -campaign $(CAMPAIGN) -from $(FROM)
