#!/bin/sh
# Checks that a log has an entry, with nothing of Celosia's: sh, coreutils, and openssl 3.0 or later.
#
#     check_proof.sh POLICY PROOF ENTRY
#
# POLICY is the reader's own (C2SP tlog-policy as docs/spec/log.md has it), PROOF a .tlog-proof, ENTRY the bytes of the entry.
# Only where it says "holds:" and ends with 0 was everything checked. Else it ends with 1 and says why; what it does not
# understand it refuses. Every command that may fail is followed by what happens then: `set -e` does not reach into conditions.
set -u -f
LC_ALL=C
export LC_ALL
IFS=' '

fail() {
    printf 'refused: %s\n' "$1" >&2
    exit 1
}

no_place() {
    fail "no place for temporary files"
}

# Of a number in its one form, below 10^18: what sh can count with.
is_number() {
    case $1 in
    '' | *[!0-9]* | 0?*) return 1 ;;
    esac
    [ "${#1}" -le 18 ]
}

# Of a name, that it may be shown: anything else from a stranger's file could steer a terminal.
is_name() {
    case $1 in
    '' | *[![:graph:]]*) return 1 ;;
    esac
}

# Of $1, that it is $2 hexadecimal digits.
is_hex() {
    case $1 in
    *[!0-9a-f]*) return 1 ;;
    esac
    [ "${#1}" -eq "$2" ]
}

# Bytes of $1, in hexadecimal.
from_hex() {
    printf '%s' "$1" | tr a-f A-F | basenc --base16 -d || fail "basenc does not work"
}

# The hexadecimal digits of base64 $1, into `decoded`.
from_base64() {
    printf '%s' "$1" | base64 -d >"$work/decoded" 2>"$work/said" || fail "what should be base64 is not"
    again=$(base64 -w 0 <"$work/decoded") || fail "base64 does not work"
    [ "$again" = "$1" ] || fail "base64 in another form than its one"
    decoded=$(od -An -v -tx1 <"$work/decoded" | tr -d ' \n') || fail "od does not work"
    is_hex "$decoded" "$((2 * $(wc -c <"$work/decoded")))" || fail "od does not work"
}

# SHA-256 of the file $1, into `hash`.
sha256_of() {
    hash=$(sha256sum <"$1") || fail "sha256sum does not work"
    hash=${hash%% *}
    is_hex "$hash" 64 || fail "sha256sum does not work"
}

# Whether what was printed anew is the file $1, byte for byte.
same_as() {
    sha256_of "$work/printed"
    printed=$hash
    sha256_of "$work/$1"
    [ "$hash" = "$printed" ]
}

# The parts of the key $1, of the type $2: `name`, `id`, `public`.
read_key() {
    name=${1%%+*}
    id=${1#*+}
    body=${id#*+}
    id=${id%%+*}
    [ "$name+$id+$body" = "$1" ] || fail "a key of another form"
    is_name "$name" || fail "a name that is not printable"
    from_base64 "$body"
    public=${decoded#"$2"}
    is_hex "$public" 64 && [ "$2$public" = "$decoded" ] || fail "a key of another type: $name"
    { printf '%s\n' "$name" && from_hex "$decoded"; } >"$work/identity" || no_place
    sha256_of "$work/identity"
    case $hash in
    "$id"????????????????????????????????????????????????????????) ;;
    *) fail "a key whose id is another's: $name" ;;
    esac
    # one key under two names would count twice
    case $seen in
    *" $2$name "* | *" $2$public "*) fail "a name or a key stands twice: $name" ;;
    esac
    seen="$seen$2$name $2$public "
}

# The reader's policy: $work/logs and $work/witnesses with a line for each, `named` and `needed`.
read_policy() {
    needed=0
    named=0
    names=
    seen=' '
    : >"$work/logs" && : >"$work/witnesses" || no_place
    : >"$work/log_lines" && : >"$work/witness_lines" || no_place
    while IFS= read -r line; do
        rest=${line#* }
        case $line in
        'log '*)
            read_key "$rest" 01
            printf '%s %s %s\n' "$name" "$id" "$public" >>"$work/logs" || no_place
            printf 'log %s\n' "$rest" >>"$work/log_lines" || no_place
            ;;
        'witness '*)
            read_key "${rest#* }" 04
            printf '%s %s %s\n' "$name" "$id" "$public" >>"$work/witnesses" || no_place
            printf 'witness %s %s\n' "$name" "${rest#* }" >>"$work/witness_lines" || no_place
            names="$names $name"
            named=$((named + 1))
            ;;
        'group witnesses '*)
            needed=${rest#* }
            needed=${needed%% *}
            is_number "$needed" && [ "$needed" -ge 1 ] || fail "a quorum that cannot be"
            ;;
        esac
    done <"$work/policy"
    [ "$needed" -le "$named" ] || fail "a quorum that cannot be: $needed of $named"
    {
        cat "$work/log_lines" "$work/witness_lines" &&
            if [ "$needed" -eq 0 ]; then
                printf 'quorum none\n'
            else
                printf 'group witnesses %s%s\nquorum witnesses\n' "$needed" "$names"
            fi
    } >"$work/printed" || no_place
    # every line that says anything else, elsewhere or otherwise shows here
    same_as policy || fail "the policy is in another form than docs/spec/log.md says"
    [ "$named" -eq 0 ] || [ "$needed" -ge 1 ] || fail "a policy that names witnesses and needs none"
}

# The proof: `index`, `origin`, `size`, `root`, $work/path and $work/signatures, $work/text.
read_proof() {
    part=first
    signatures=0
    : >"$work/path" && : >"$work/signatures" && : >"$work/printed" || no_place
    while IFS= read -r line; do
        case $part in
        first)
            [ "$line" = 'c2sp.org/tlog-proof@v1' ] || fail "this is no tlog-proof@v1"
            part=index
            ;;
        index)
            index=${line#index }
            [ "index $index" = "$line" ] && is_number "$index" || fail "the proof has no index where it should stand"
            part=path
            ;;
        path)
            if [ -n "$line" ]; then
                from_base64 "$line"
                is_hex "$decoded" 64 || fail "a hash of another length"
                printf '%s\n' "$decoded" >>"$work/path" || no_place
            else
                part=origin
            fi
            ;;
        origin)
            origin=$line
            is_name "$origin" || fail "a name that is not printable"
            part=size
            ;;
        size)
            size=$line
            is_number "$size" || fail "the checkpoint has no size"
            part=root
            ;;
        root)
            from_base64 "$line"
            root=$decoded
            is_hex "$root" 64 || fail "the checkpoint has no root"
            printf '%s\n%s\n%s\n' "$origin" "$size" "$line" >"$work/text" || no_place
            part=empty
            ;;
        empty)
            [ -z "$line" ] || fail "the checkpoint has more than three lines"
            part=signatures
            ;;
        signatures)
            case $line in
            "$(printf '\342\200\224') "*' '*) ;;
            *) fail "a signature of another form" ;;
            esac
            rest=${line#* }
            is_name "${rest%% *}" || fail "a name that is not printable"
            from_base64 "${rest#* }"
            [ "${#decoded}" -gt 8 ] || fail "a signature without bytes"
            signatures=$((signatures + 1))
            [ "$signatures" -le 64 ] || fail "more than 64 signatures"
            printf '%s %s\n' "${rest%% *}" "$decoded" >>"$work/signatures" || no_place
            ;;
        esac
        printf '%s\n' "$line" >>"$work/printed" || no_place
    done <"$work/proof"
    [ -s "$work/signatures" ] || fail "the proof ends early"
    # what read drops and adds shows here: bytes that are zero, a last line without its end
    same_as proof || fail "the proof has bytes that do not belong there"
}

# That the key $1 signed the file $2 as $3.
check_signature() {
    { from_hex 302a300506032b6570032100 && from_hex "$1"; } >"$work/key" || no_place
    from_hex "$3" >"$work/signature" || no_place
    said=$(openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/key" -rawin -in "$2" -sigfile "$work/signature" 2>&1) ||
        fail "a signature does not hold"
    [ "$said" = 'Signature Verified Successfully' ] || fail "openssl says something else than that a signature holds"
}

# That the log signed, and enough witnesses, each once; `count`, and `since`, when the quorum was reached.
check_signatures() {
    log_id=
    while read -r name id public; do
        if [ "$name" = "$origin" ]; then
            log_id=$id
            log_public=$public
        fi
    done <"$work/logs"
    [ -n "$log_id" ] || fail "the policy does not name the log $origin"
    count=0
    signed=' '
    : >"$work/times" || no_place
    while read -r name decoded; do
        signature=${decoded#????????}
        id=${decoded%"$signature"}
        if [ "$name" = "$origin" ] && [ "$id" = "$log_id" ]; then
            is_hex "$signature" 128 || fail "the log's signature has another length"
            check_signature "$log_public" "$work/text" "$signature"
        else
            public=
            while read -r witness witness_id witness_public; do
                if [ "$name" = "$witness" ] && [ "$id" = "$witness_id" ]; then
                    public=$witness_public
                fi
            done <"$work/witnesses"
            [ -n "$public" ] || continue # of somebody who is not known here: it says nothing
            is_hex "$signature" 144 || fail "a cosignature of another length: $name"
            time=${signature%"${signature#????????????????}"}
            case $time in
            [89a-f]* | 0000000000000000) fail "a cosignature of no time: $name" ;;
            esac
            time_said=$((0x$time))
            { printf 'cosignature/v1\ntime %s\n' "$time_said" && cat "$work/text"; } >"$work/cosigned" || no_place
            check_signature "$public" "$work/cosigned" "${signature#????????????????}"
            if [ "$public" != "$log_public" ]; then
                count=$((count + 1))
                printf '%s\n' "$time_said" >>"$work/times" || no_place
            fi
        fi
        case $signed in
        *" $id "*) fail "one key signed twice: $name" ;;
        esac
        signed="$signed$id "
    done <"$work/signatures"
    case $signed in
    *" $log_id "*) ;;
    *) fail "the log did not sign" ;;
    esac
    [ "$count" -ge "$needed" ] || fail "$count witnesses cosigned, $needed are needed"
    sort -n "$work/times" >"$work/sorted" || fail "sort does not work"
    since=$(head -n "$needed" "$work/sorted" | tail -n 1) && { [ "$needed" -eq 0 ] || [ -n "$since" ]; } ||
        fail "head, sort or tail does not work"
}

# That the entry's leaf leads to the root (RFC 9162, 2.1.3.2).
check_path() {
    [ "$index" -lt "$size" ] || fail "the log has no entry $index"
    { printf '\000' && cat "$work/entry"; } >"$work/node" || no_place
    sha256_of "$work/node"
    at=$index
    last=$((size - 1))
    while read -r sibling; do
        [ "$last" -gt 0 ] || fail "the path is too long"
        if [ $((at % 2)) -eq 1 ] || [ "$at" -eq "$last" ]; then
            pair="01$sibling$hash"
            while [ $((at % 2)) -eq 0 ] && [ "$at" -gt 0 ]; do
                at=$((at / 2))
                last=$((last / 2))
            done
        else
            pair="01$hash$sibling"
        fi
        from_hex "$pair" >"$work/node" || no_place
        [ "$(wc -c <"$work/node")" -eq 65 ] || fail "basenc does not work"
        sha256_of "$work/node"
        at=$((at / 2))
        last=$((last / 2))
    done <"$work/path"
    [ "$last" -eq 0 ] || fail "the path is too short"
    [ "$hash" = "$root" ] || fail "the entry does not lead to the root that the log signed"
}

# A file that is read once, so that it is the same one all along, and of a size that one can be.
take() {
    head -c 200000 <"$1" >"$work/$2" || fail "the $2 cannot be read"
    [ "$(wc -c <"$work/$2")" -lt 200000 ] || fail "the $2 is too large"
}

main() {
    [ "$#" -eq 3 ] || fail "usage: check_proof.sh POLICY PROOF ENTRY"
    work=$(mktemp -d) && [ -n "$work" ] && [ -d "$work" ] || no_place
    trap 'status=$?; rm -rf "$work"; exit "$status"' EXIT
    trap 'exit 1' HUP INT TERM
    take "$1" policy
    take "$2" proof
    take "$3" entry
    read_policy
    read_proof
    check_signatures
    check_path
    printf 'holds: %s, entry %s of %s; %s of %s witnesses, %s needed%s\n' \
        "$origin" "$index" "$size" "$count" "$named" "$needed" "${since:+, since $since}" || exit 1
    exit 0
}

main "$@"
