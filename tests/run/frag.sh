#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# castbed frag: an image goes through fragments and back, with lines missing, repeated and shuffled; what cannot be rebuilt or
# read gives exit code 1 or 2, a message and no image.
set -euo pipefail

castbed=$BUILD_DIR/castbed
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

# expect CODE TEXT COMMAND...: the exit code, and a text in what it prints.
expect()
{
    local wanted=$1 text=$2 code=0
    shift 2
    "$@" >out 2>&1 </dev/null || code=$?
    if [ "$code" -ne "$wanted" ] || ! grep -qF -- "$text" out; then
        echo "exit code $code, not $wanted, or no \"$text\" in: $*" >&2
        cat out >&2
        exit 1
    fi
}
frag() { "$castbed" frag "$@"; }

seq 1 400 | head -c 995 >image
for version in '--version 1' '--version 2' '--version 2 --literal'; do
    # shellcheck disable=SC2086
    {
        expect 0 '995 octets: --m 20 --frag-size 50 --padding 5, and 10 of parity' \
            "$castbed" frag encode image --frag-size 50 --redundancy 10 $version -o lines
        [ "$(wc -l <lines)" -eq 30 ]
        expect 0 'complete with fragment 20 (line 20): 20 received for 20' \
            "$castbed" frag decode lines --m 20 --frag-size 50 --padding 5 $version -o back
        cmp image back
        grep -vE '^(2|11|20|23) ' lines | sort -k 2 >some
        cat some some >twice
        expect 0 'complete with fragment' \
            "$castbed" frag decode twice --m 20 --frag-size 50 --padding 5 $version -o back
        cmp image back
        rm back
        grep -E '^(1?[0-8]|21) ' lines >few
        expect 1 'cannot be rebuilt: rank' \
            "$castbed" frag decode few --m 20 --frag-size 50 --padding 5 $version -o back
        [ ! -e back ]
    }
done

# The standard streams, a share of redundancy, a device's memory.
frag encode - --frag-size 50 --redundancy 25% <image >lines 2>err
[ "$(wc -l <lines)" -eq 25 ] && grep -q 'and 5 of parity' err
frag decode - --m 20 --frag-size 50 --padding 5 -o - <lines 2>err | cmp image -
grep -vE '^(1|2|3) ' lines >some
expect 1 'more was lost than --max-lost allows' \
    "$castbed" frag decode some --m 20 --frag-size 50 --padding 5 --max-lost 2 -o back

# Damaged and wrong input.
decode=("$castbed" frag decode bad --m 20 --frag-size 50 --padding 5 -o back)
sed '22s/ ../ ff/' lines >bad
expect 1 'bad:22: fragment 22 contradicts others' "${decode[@]}"
sed '5s/^5 /0 /' lines >bad
expect 2 'bad:5: fragment number 0; 1 to 16383' "${decode[@]}"
sed '5s/^5 /16384 /' lines >bad
expect 2 'fragment number 16384' "${decode[@]}"
sed '5s/^5 /99999999999999999999 /' lines >bad
expect 2 'fragment number 99999999999999999999' "${decode[@]}"
sed '5s/..$//' lines >bad
expect 2 'fragment 5 has fewer octets than 50' "${decode[@]}"
sed '5s/$/00/' lines >bad
expect 2 'fragment 5 has more octets than 50' "${decode[@]}"
sed '5s/.$/x/' lines >bad
expect 2 'are not hex' "${decode[@]}"
echo 'hello' >bad
expect 2 'bad:1: found "hello"' "${decode[@]}"
printf '1 00\0' >bad
expect 2 'octets 0' "${decode[@]}"
: >bad
expect 1 'rank 0 of 20 after 0 fragments' "${decode[@]}"
rm bad
expect 2 'bad: cannot be read' "${decode[@]}"
expect 2 'cannot be read' "$castbed" frag decode . --m 20 --frag-size 50 -o back
[ ! -e back ]
cp lines bad
expect 3 'cannot be written' "$castbed" frag decode bad --m 20 --frag-size 50 --padding 5 -o no/back
: >empty
expect 2 'the image is empty' "$castbed" frag encode empty --frag-size 5 --redundancy 1
expect 2 'give at least --frag-size 2' "$castbed" frag encode <(head -c 20000 /dev/zero) --frag-size 1 --redundancy 1
expect 2 'together at most 16383' "$castbed" frag encode image --frag-size 1 --redundancy 16000

# Rows and blind spots.
[ "$(frag row --m 10 --index 1)" = 0010010000 ]
[ "$(frag row --m 10 --index 1 --version 2)" = 0111010001 ]
[ "$(frag row --m 10 --index 1 --version 2 --literal)" = 1001101010 ]
expect 2 'at most 6383' "$castbed" frag row --m 10000 --index 6384
expect 0 'M = 1000: good' "$castbed" frag check --m 1000
expect 1 'the nearest good M: 1409' "$castbed" frag check --m 1408
expect 1 'no fragment number is left' "$castbed" frag check --m 16383
expect 2 'either --m M or --all' "$castbed" frag check
expect 2 '--every goes with --all' "$castbed" frag check --m 3 --every

# Usage.
expect 0 'castbed frag encode IMAGE' "$castbed" frag -h
expect 0 'castbed frag encode IMAGE' "$castbed" frag row -h
expect 2 'encode, decode, row or check' "$castbed" frag
expect 2 'did you mean decode?' "$castbed" frag decoed
expect 2 '--frag-size is missing' "$castbed" frag encode image --redundancy 3
expect 2 'does not take --padding' "$castbed" frag encode image --frag-size 3 --redundancy 3 --padding 1
expect 2 'found "0"; a whole number from 1 to 255' "$castbed" frag encode image --frag-size 0 --redundancy 3
expect 2 'found "256"' "$castbed" frag encode image --frag-size 256 --redundancy 3
expect 2 'found "-1"' "$castbed" frag encode image --frag-size 3 --redundancy -1
expect 2 'one file at a time, found 2' "$castbed" frag encode image image --frag-size 3 --redundancy 3
expect 2 'takes no file, found 1' "$castbed" frag row image --m 10 --index 1
expect 2 'give --version 2' "$castbed" frag row --m 10 --index 1 --literal
expect 2 'less than --frag-size' "$castbed" frag decode lines --m 20 --frag-size 50 --padding 50 -o back
expect 2 'did you mean --redundancy?' "$castbed" frag encode image --frag-size 3 --redundncy 3
