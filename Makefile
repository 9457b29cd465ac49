# The commands of everyday work. `make help` lists them.

.DEFAULT_GOAL := help
.PHONY: help run build test soak soak-model soak-contract soak-parsers lint doc fmt deny ci

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## Build, then serve the demonstration on http://127.0.0.1:8080 (data in ./data)
	./target/release/passage demo --serve

build: ## Build the release binary, target/release/passage
	@scripts/install-build-needs
	cargo build --release --locked

test: ## Run all tests on SQLite and PostgreSQL (ARGS="..." goes to cargo test)
	@scripts/install-build-needs
	@scripts/test $(ARGS)

soak: soak-model soak-contract soak-parsers ## Run all long tests: a night's work

soak-model: ## Hold the server against the reference for 100,000 steps on each database (STEPS="..." for another number)
	@scripts/install-build-needs
	PASSAGE_TEST_STEPS=$(or $(STEPS),100000) scripts/test --test it -- model:: --nocapture

soak-contract: ## Hold the server to its contract for 100,000 random requests of everybody (CASES="..." for another number)
	@scripts/install-build-needs
	PASSAGE_TEST_CONTRACT_CASES=$(or $(CASES),100000) scripts/test --test it -- hostile::contract:: --nocapture

soak-parsers: ## Feed a million malformed inputs to all parsers, and 50,000 more to the server (INPUTS="..." for another number)
	@scripts/install-build-needs
	PASSAGE_TEST_INPUTS=$(or $(INPUTS),1000000) scripts/test --test it -- hostile::parsers:: --nocapture

lint: ## Check the formatting, clippy and the documentation, warnings denied
	cargo fmt --check
	cargo clippy --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items --locked

doc: ## Build the documentation of the code, private items included
	cargo doc --no-deps --document-private-items --locked

fmt: ## Format the code
	cargo fmt

deny: ## Check the dependencies: licences, sources, bans
	@scripts/deny

ci: ## Run everything that a change has to pass
	@.ci/run
