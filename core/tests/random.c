/* SPDX-License-Identifier: MIT */
/*
 * Random sequences of every kind of call, with the invariants and the accounts checked after each.
 * `random SEED` repeats one sequence, `random SEED FILE` also stores its bytes (for the fuzzer's
 * replayer). Without arguments: seeds 1, 2, 3 …, more of them with RELAY_SOAK.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../fuzz/sequence.h"

enum { SEQUENCES = 2000, LONGEST = 1500 };

/* xorshift: the same bytes everywhere. */
static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static size_t run(unsigned long seed, const char *name)
{
    uint8_t bytes[LONGEST];
    uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;
    size_t size = 100 + next(&state) % (LONGEST - 100);
    FILE *file = name ? fopen(name, "wb") : NULL;

    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(next(&state) >> 32);
    if (file) {
        fwrite(bytes, 1, size, file);
        fclose(file);
    }
    return relay_sequence(bytes, size);
}

static unsigned long current_seed;

/* So that a failure tells which seed it was. */
static void say_seed(void)
{
    if (current_seed)
        fprintf(stderr, "seed %lu\n", current_seed);
}

int main(int argc, char **argv)
{
    const char *soak = getenv("RELAY_SOAK");
    unsigned long factor = soak ? strtoul(soak, NULL, 10) : 1;
    unsigned long count = SEQUENCES * (factor ? factor : 1);
    size_t calls = 0;

    if (argc > 1) {
        printf("%zu calls\n", run(strtoul(argv[1], NULL, 10), argc > 2 ? argv[2] : NULL));
        return 0;
    }
    atexit(say_seed);
    for (current_seed = 1; current_seed <= count; current_seed++)
        calls += run(current_seed, NULL);
    current_seed = 0;
    printf("%lu sequences, %zu calls: all invariants held\n", count, calls);
    return 0;
}
