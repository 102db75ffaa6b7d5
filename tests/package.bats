#!/usr/bin/env bats
# What debian/ says is what the rest says; `make deb` is for the whole of it.
load helper

root=$(cd "$BATS_TEST_DIRNAME/.." && pwd)

# What a compiler of Debian's brings along.
essential='gcc make libc6-dev'

@test "what the package is built with is what scripts/deps installs for it" {
    sed -n "/^build='/,/'$/p" "$root/scripts/deps" | sed "s/^build=//" | tr -d "'" | tr -s ' ' '\n' | sed '/^$/d' |
        grep -vxF -f <(tr ' ' '\n' <<<"$essential") | sort >wanted
    sed -n '/^Build-Depends:/,/^[^ ]*:/p' "$root/debian/control" | sed -n 's/^ \(.*\),$/\1/p' | grep -v '^debhelper' |
        sed 's/ | /|/' | sort >named
    assert_equal "$(cat named)" "$(cat wanted)"
    assert [ -s named ]
}

@test "the version is that of config.mk" {
    version=$(sed -n 's/^VERSION = //p' "$root/config.mk")
    assert_equal "$(sed -n '1s/.*(\(.*\)).*/\1/p' "$root/debian/changelog")" "$version"
    grep -qxF "## $version" "$root/CHANGELOG.md"
}

@test "who maintains it is who has made it" {
    local address
    address=$(sed -n 's/^Maintainer: octi maintainers <\(.*\)>$/\1/p' "$root/debian/control")
    assert [ -n "$address" ]
    grep -q "^ -- octi maintainers <$address>  " "$root/debian/changelog"
    # No address that only stands for one.
    refute grep -rq '@example\.\(org\|com\|net\)' "$root/debian"
}
