/* SPDX-License-Identifier: MIT */
/*
 * Saving cannot be observed: of two channels that get the same random calls one is saved, closed
 * and opened again from what was saved, at random moments. Every result, every state and all bytes
 * stay equal. So they do when both go back to a past state, the one by opening it anew, the other in
 * its own memory. `test_twins` runs seeds 1, 2, 3 …, more of them with RELAY_SOAK.
 */
#include "check.h"
#include "twin.h"

enum { SEEDS = 600, RESTORED = 500, PASTS = 4 };

static bool save(unsigned long seed)
{
    uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;
    struct twin one, other, chance = {.state = state ^ 0x5555};
    struct twin_past now = {.block = NULL};
    bool alike = true;

    twin_open(&one, state, "one");
    twin_open(&other, state, "other");
    for (unsigned i = 0; i < TWIN_CALLS && alike; i++) {
        if (twin_below(&chance, 6) == 0) {
            twin_remember(&other, &now);
            twin_anew(&other, &now);
        }
        alike = twin_go_on(&one, &other, &chance);
        if (!alike)
            fprintf(stderr, "seed %lu, call %u\n", seed, i);
    }
    twin_forget(&now);
    twin_end(&one);
    twin_end(&other);
    return alike;
}

static void saving_cannot_be_observed(void)
{
    unsigned long count = SEEDS * kit_soak();

    for (unsigned long seed = 1; seed <= count && save(seed);)
        seed++;
}

/* ---------------------------------------------------------------- back in its own memory */

/* Whether relay_restore has to refuse: the channel is closed, or other buffers or files came. */
static int expected(struct twin *twin, const struct twin_past *past)
{
    struct relay_saved info;

    NEED(relay_saved_info(past->block, past->size, &info) == 0);
    if (twin->held.is_closed)
        return RELAY_ERR_CLOSED;
    return info.bufs == relay_buf_count(twin->chan) && past->held.name == twin->held.name
               ? RELAY_ERR_OK
               : RELAY_ERR_SHAPE;
}

/* Both go back to a state, the one by opening anew; what is refused changes nothing. */
static bool go_back(struct twin *one, struct twin *other, const struct twin_past *past,
                    unsigned *restored)
{
    int error = expected(other, past);
    int result = twin_restore(other, past);
    bool alike = CHECK_EQ(result, -relay_error_errno(error));

    if (result) {
        alike = CHECK_EQ(relay_error(), error) && CHECK(twin_same(one->chan, other->chan)) && alike;
        twin_anew(other, past);
    }
    twin_anew(one, past);
    *restored += !result;
    return alike && CHECK(twin_same(one->chan, other->chan)) && CHECK(kit_valid(other->chan));
}

static bool restore(unsigned long seed, unsigned *restored)
{
    uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;
    struct twin one, other, chance = {.state = state ^ 0x3333};
    struct twin_past pasts[PASTS] = {{.block = NULL}};
    bool alike = true;

    twin_open(&one, state, "one");
    twin_open(&other, state, "other");
    for (unsigned i = 0; i < TWIN_CALLS && alike; i++) {
        struct twin_past *past = &pasts[twin_below(&chance, PASTS)];

        switch (twin_below(&chance, 12)) {
        case 0:
            twin_remember(&one, past);
            break;
        case 1:
            alike = !past->block || go_back(&one, &other, past, restored);
        }
        alike = alike && twin_go_on(&one, &other, &chance);
        if (!alike)
            fprintf(stderr, "seed %lu, call %u\n", seed, i);
    }
    for (unsigned i = 0; i < PASTS; i++)
        twin_forget(&pasts[i]);
    twin_end(&one);
    twin_end(&other);
    return alike;
}

static void restoring_is_opening_anew(void)
{
    unsigned long count = RESTORED * kit_soak();
    unsigned restored = 0;

    for (unsigned long seed = 1; seed <= count && restore(seed, &restored);)
        seed++;
    CHECK(restored > count);
}

static const struct check_test tests[] = {TEST(saving_cannot_be_observed),
                                          TEST(restoring_is_opening_anew)};
CHECK_MAIN(tests, kit_before, kit_after)
