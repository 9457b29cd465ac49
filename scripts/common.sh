# shellcheck shell=bash
# What the scripts share: how they speak, and how they install system packages. Sourced, never run.

if [[ -t 2 ]]; then
    bold=$'\e[1m' red=$'\e[31m' yellow=$'\e[33m' plain=$'\e[0m'
else
    bold='' red='' yellow='' plain=''
fi

# All talk goes to standard error; standard output belongs to the tools.
say() { printf '%s==>%s %s\n' "$bold" "$plain" "$*" >&2; }
warn() { printf '%s==> %s%s\n' "$yellow" "$*" "$plain" >&2; }
fail() {
    printf '%s==> %s%s\n' "$red" "$*" "$plain" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

in_ci() { [[ ${CI:-} == true ]]; }

# Runs a command as root: directly, or through sudo. On a terminal sudo may ask; elsewhere it must not.
as_root() {
    if ((EUID == 0)); then
        "$@"
    elif [[ -t 0 ]]; then
        sudo "$@"
    else
        sudo -n "$@"
    fi
}

# Whether install_packages has any chance here; it says nothing.
can_install_packages() {
    have apt-get && { ((EUID == 0)) || { have sudo && { [[ -t 0 ]] || sudo -n true 2>/dev/null; }; }; }
}

packages_index_is_fresh=no

# install_packages NAME… : installs Debian packages and returns non-zero when that did not work.
install_packages() {
    if ! can_install_packages; then
        warn "cannot install packages here; please install: $*"
        return 1
    fi
    say "installing packages: $*"
    if [[ $packages_index_is_fresh == no ]]; then
        apt update || warn "the package index could not be refreshed; trying with what is there"
        packages_index_is_fresh=yes
    fi
    apt install --yes --no-install-recommends "$@" || {
        warn "installing did not work; please install by hand: $*"
        return 1
    }
}

# Quiet when it works; shows all it said when it does not.
apt() {
    local output
    if ! output=$(as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get --quiet --option DPkg::Lock::Timeout=120 "$@" 2>&1 </dev/null); then
        printf '%s\n' "$output" >&2
        return 1
    fi
}
