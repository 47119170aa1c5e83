/* SPDX-License-Identifier: MIT */
/*
 * What signals.c leaves to chance, one by one: a thread's work is interrupted at its first probe,
 * its second … by a "signal handler" that writes to the same buffer. Built with a library whose
 * probes call.
 */
#include "check.h"
#include "events.h"
#include "kit.h"

enum { OUTCOMES = RELAY_LOST_NO_BUFFER + 1, WORKER = 0, HANDLER = 1 };

enum handler { WRITES, RESERVES, WRITES_WITHOUT_PROTECTION };

static struct rchan *chan;
static struct relay_file *file;
static struct tally tally;
static enum handler handler;
static unsigned long interrupt_at, probes; /* the probe that interrupts, counted from 1 */
static uint32_t numbers[2];
static uint64_t outcomes[2][OUTCOMES];

static void write_event(unsigned who, enum handler how)
{
    enum relay_outcome outcome;
    struct event event;
    void *slot;

    event_make(&event, who, numbers[who]++);
    if (how == WRITES) {
        outcome = relay_write_on(chan, 0, &event, event.length);
    } else if (how == WRITES_WITHOUT_PROTECTION) {
        outcome = relay_write_nolock_on(chan, 0, &event, event.length);
    } else {
        slot = relay_reserve_on(chan, 0, event.length, &outcome);
        if (slot)
            memcpy(slot, &event, event.length);
    }
    outcomes[who][outcome]++;
}

void relay_probe_hit(int id)
{
    (void)id;
    if (!interrupt_at || ++probes != interrupt_at)
        return;
    interrupt_at = 0; /* the handler itself is not interrupted */
    write_event(HANDLER, handler);
}

/* Events are never split, and the room is larger than the buffer: there is no remainder. */
static void drain(void)
{
    static unsigned char bytes[4096];
    ssize_t got = relay_file_read(file, bytes, sizeof(bytes));

    CHECK_EQ(tally_take(&tally, bytes, (size_t)got), got);
}

/* Writes of both kinds that fit, switch, and find the buffer full; reads that make room. */
static void write_and_read(void)
{
    for (int i = 0; i < 30; i++) {
        write_event(WORKER, i % 3 ? WRITES : RESERVES);
        if (i % 11 == 10)
            drain();
    }
}

/* Everything else that touches a buffer. (Flushes and reports make reads repeat or skip.) */
static void everything(void)
{
    static char bytes[200]; /* more than a sub-buffer */
    struct relay_buf_info info;

    for (int i = 0; i < 6; i++) {
        write_event(WORKER, WRITES);
        relay_flush(chan);
        write_event(WORKER, RESERVES);
        relay_subbufs_consumed(chan, 0, 1);
        relay_file_poll(file);
        relay_buf_snapshot(relay_cpu_buf(chan, 0), &info, NULL);
        relay_switch_subbuf(relay_cpu_buf(chan, 0), 1);
        outcomes[WORKER][relay_write_on(chan, 0, bytes, sizeof(bytes))]++;
        relay_file_read(file, bytes, sizeof(bytes));
        if (i == 3)
            relay_reset(chan);
    }
}

static void check_account(void)
{
    struct relay_account account;
    uint64_t sum = 0;

    CHECK(kit_valid(chan));
    relay_buf_account(relay_cpu_buf(chan, 0), &account);
    for (int i = 0; i < OUTCOMES; i++)
        sum += outcomes[0][i] + outcomes[1][i];
    CHECK_EQ(account.attempted.events, sum);
    CHECK_EQ(account.accepted.events, outcomes[0][RELAY_STORED] + outcomes[1][RELAY_STORED]);
    CHECK_EQ(account.fate[RELAY_BUSY].events, outcomes[HANDLER][RELAY_LOST_BUSY]);
    CHECK_EQ(outcomes[WORKER][RELAY_LOST_BUSY], 0);
}

/* The work, interrupted at one probe. False: it has not so many. */
static bool interrupted(void (*work)(void), enum relay_writers writers, unsigned long at)
{
    struct relay_options opt = {.cpus = 1, .writers = writers};
    bool reached;

    chan = kit_open_with(&kit_no_overwrite, 160, 4, &opt);
    file = kit_file(0, O_RDONLY);
    tally = (struct tally){.gaps = true};
    memset(outcomes, 0, sizeof(outcomes));
    numbers[0] = numbers[1] = 0;
    probes = 0;
    interrupt_at = at;
    work();
    reached = interrupt_at == 0;
    interrupt_at = 0;
    check_account();
    if (work == write_and_read && handler != WRITES_WITHOUT_PROTECTION) {
        drain();
        CHECK_EQ(tally.bad, 0);
        CHECK_EQ(tally.events, outcomes[0][RELAY_STORED] + outcomes[1][RELAY_STORED]);
    }
    relay_file_close(file);
    relay_close(chan);
    return reached;
}

static void at_every_probe(void (*work)(void), enum relay_writers writers)
{
    for (handler = WRITES; handler <= WRITES_WITHOUT_PROTECTION; handler++) {
        unsigned long at = 1;

        while (interrupted(work, writers, at))
            if (check_failures)
                break;
            else
                at++;
        if (check_failures) {
            printf("     handler %d at probe %lu\n", handler, at);
            return;
        }
        CHECK(at > 100);
    }
}

static void writes_with_a_lock(void)
{
    at_every_probe(write_and_read, RELAY_WRITERS_MANY);
}

static void writes_without_a_lock(void)
{
    at_every_probe(write_and_read, RELAY_WRITERS_ONE);
}

static void everything_with_a_lock(void)
{
    at_every_probe(everything, RELAY_WRITERS_MANY);
}

static void everything_without_a_lock(void)
{
    at_every_probe(everything, RELAY_WRITERS_ONE);
}

static const struct check_test tests[] = {
    TEST(writes_with_a_lock),
    TEST(writes_without_a_lock),
    TEST(everything_with_a_lock),
    TEST(everything_without_a_lock),
};
CHECK_MAIN(tests, kit_before, kit_after)
