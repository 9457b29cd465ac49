# shellcheck shell=bash
# Two real identity providers that the tests sign in with: glewlwyd, and lemonldap-ng as one that is quite another. They
# are installed and found here; each story starts its own, on a free port of this machine and in a directory of its own.
# Sourced by scripts/test after scripts/common.sh, never run.

readonly glewlwyd_packages=(glewlwyd dbconfig-no-thanks)
readonly lemonldap_packages=(
    liblemonldap-ng-portal-perl libplack-perl libdbd-sqlite3-perl libstring-random-perl
    libgd-securityimage-perl libimage-magick-perl libio-string-perl
)

# The packages are meant for servers and would start what they bring, at once and whenever the machine starts.
install_without_starting() {
    can_install_packages || {
        install_packages "$@"
        return
    }
    local policy=/usr/sbin/policy-rc.d result=0 ours=no unit
    if [[ ! -e $policy ]]; then
        ours=yes
        as_root install --mode=755 /dev/stdin "$policy" <<<$'#!/bin/sh\nexit 101'
    fi
    install_packages "$@" || result=$?
    [[ $ours == no ]] || as_root rm -f "$policy"
    if have systemctl; then
        for unit in glewlwyd.service lemonldap-ng-fastcgi-server.service \
            liblemonldap-ng-{handler,portal}-perl.{service,timer}; do
            as_root systemctl disable --quiet "$unit" 2>/dev/null || true
        done
    fi
    return "$result"
}

glewlwyd_is_there() {
    [[ -x /usr/bin/glewlwyd && -e /usr/share/dbconfig-common/data/glewlwyd/install/sqlite3 ]]
}

prepare_glewlwyd() {
    if ! glewlwyd_is_there; then
        # Unasked, its package wants to know about a database server, and fails where nobody answers.
        ! have debconf-set-selections || ! can_install_packages ||
            as_root debconf-set-selections <<<'glewlwyd glewlwyd/config_type select No configuration'
        install_without_starting "${glewlwyd_packages[@]}" || return 1
        glewlwyd_is_there || return 1
    fi
    export PASSAGE_TEST_GLEWLWYD=/usr/bin/glewlwyd
}

# Debian's perl, whatever other one comes first on the PATH: the modules are installed for that one.
lemonldap_is_there() {
    [[ -x /usr/bin/plackup ]] &&
        /usr/bin/perl -MLemonldap::NG::Portal::Main -MLemonldap::NG::Portal::Issuer::OpenIDConnect \
            -MDBD::SQLite -MGD::SecurityImage -MImage::Magick -e 1 2>/dev/null
}

prepare_lemonldap() {
    if ! lemonldap_is_there; then
        install_without_starting "${lemonldap_packages[@]}" || return 1
        lemonldap_is_there || return 1
    fi
    export PASSAGE_TEST_LEMONLDAP=/usr/bin/plackup
}
