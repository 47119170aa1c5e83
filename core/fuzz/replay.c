/* SPDX-License-Identifier: MIT */
/*
 * Replay what the fuzzer found, or the corpus, with any compiler: `replay [-v] FILE...`; -v says
 * each call.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sequence.h"

static size_t replay(const char *name)
{
    static uint8_t bytes[1 << 20];
    FILE *file = fopen(name, "rb");
    size_t size;

    if (!file) {
        perror(name);
        exit(1);
    }
    size = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    return relay_sequence(bytes, size);
}

int main(int argc, char **argv)
{
    int first = argc > 1 && strcmp(argv[1], "-v") == 0 ? 2 : 1;
    size_t calls = 0;

    relay_sequence_trace = first == 2;
    for (int i = first; i < argc; i++)
        calls += replay(argv[i]);
    printf("%d sequences, %zu calls: all invariants held\n", argc - first, calls);
    return 0;
}
