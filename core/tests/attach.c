/* SPDX-License-Identifier: MIT */
/*
 * Looking at buffers through read-only files: figures are the maker's own, and no control block, however
 * damaged, is believed or read beyond.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "kit.h"
#include "relay/relay_attach.h"

enum { SUBBUFS = 4, SUBBUF = 64, CONTROL = 4096, WATCHDOG_S = 120 };

static char path[64], data_path[80], control_path[84];
static struct dentry *dir;
static struct rchan *chan;

static void before(void)
{
    struct relay_options opt = {.cpus = 1};

    kit_before();
    alarm((unsigned)(WATCHDOG_S * kit_soak()));
    strcpy(path, "/dev/shm/relay-attach-XXXXXX");
    NEED(mkdtemp(path));
    snprintf(data_path, sizeof(data_path), "%s/cpu0", path);
    snprintf(control_path, sizeof(control_path), "%s.ctl", data_path);
    dir = relay_directory_at(path, NULL);
    chan = relay_open_on("cpu", dir, SUBBUF, SUBBUFS, &kit_no_overwrite, NULL, &opt);
    NEED(chan);
}

static void after(void)
{
    relay_close(chan);
    CHECK_EQ(relay_remove(dir), 0);
    relay_dentry_put(dir);
    alarm(0);
    kit_after();
}

/* A look, and what it returned. */
struct look {
    struct relay_attached_info info;
    struct relay_buf_info buf;
    struct relay_subbuf_info subbufs[SUBBUFS];
};

static void same_as_the_makers(void)
{
    struct relay_attached *attached;
    struct relay_buf_info own;
    struct relay_subbuf_info own_subbufs[SUBBUFS];
    struct look look;
    char bytes[8] = "";

    for (int i = 0; i < 11; i++)
        kit_put(chan, 0, (char)('a' + i), 20);
    NEED(relay_attach(data_path, &attached) == 0);
    CHECK_EQ(relay_attached_n_subbufs(attached), SUBBUFS);
    NEED(relay_attached_look(attached, &look.info, &look.buf, look.subbufs) == 0);
    relay_snapshot(chan, &own, own_subbufs, 1);
    CHECK(memcmp(&own, &look.buf, sizeof(own)) == 0);
    CHECK(memcmp(own_subbufs, look.subbufs, sizeof(own_subbufs)) == 0);
    CHECK_EQ(look.info.alive, RELAY_ALIVE_YES);
    CHECK_EQ(look.info.maker.pid, getpid());
    CHECK(!look.info.is_torn && !look.info.is_moving);
    CHECK_EQ(relay_attached_read(attached, bytes, 3, 64 + 20), 3);
    CHECK_STR(bytes, "eee");
    CHECK_EQ(relay_attached_read(attached, bytes, 8, 4094), 2);
    CHECK_EQ(relay_attached_read(attached, bytes, 8, 1 << 20), 0);
    relay_detach(attached);
}

static void nothing_to_attach_to(void)
{
    struct relay_attached *attached;
    char other[96];

    snprintf(other, sizeof(other), "%s/none", path);
    CHECK_EQ(relay_attach(other, &attached), -ENOENT);
    CHECK_EQ(relay_attach("/dev/null", &attached), -ENOENT);
    relay_detach(NULL);
}

static void patch(size_t at, const void *bytes, size_t size)
{
    FILE *file = fopen(control_path, "r+b");

    NEED(file);
    fseek(file, (long)at, SEEK_SET);
    fwrite(bytes, 1, size, file);
    fclose(file);
}

static void another_version(void)
{
    struct relay_attached *attached;
    uint32_t version = RELAY_CTL_VERSION + 1, right = RELAY_CTL_VERSION;

    patch(offsetof(struct relay_ctl, version), &version, sizeof(version));
    CHECK_EQ(relay_attach(data_path, &attached), -EPROTO);
    CHECK(!relay_lookup(dir, "cpu1"));
    patch(offsetof(struct relay_ctl, version), &right, sizeof(right));
}

/* A machine that was started anew has nobody of before; another namespace is not ours to judge. */
static void other_machines(void)
{
    struct relay_attached *attached;
    struct look look;
    uint64_t ns = 1, own = relay_cpu_buf(chan, 0)->ctl->maker.pid_ns;

    patch(offsetof(struct relay_ctl, maker.pid_ns), &ns, sizeof(ns));
    NEED(relay_attach(data_path, &attached) == 0);
    CHECK_EQ(relay_attached_look(attached, &look.info, &look.buf, NULL), 0);
    CHECK_EQ(look.info.alive, RELAY_ALIVE_UNKNOWN);
    relay_detach(attached);
    patch(offsetof(struct relay_ctl, maker.pid_ns), &own, sizeof(own));
    patch(offsetof(struct relay_ctl, maker.boot), &(uint8_t){1}, 1);
    NEED(relay_attach(data_path, &attached) == 0);
    CHECK_EQ(relay_attached_look(attached, &look.info, &look.buf, NULL), 0);
    CHECK_EQ(look.info.alive, RELAY_ALIVE_NO);
    relay_detach(attached);
}

static void files_that_are_cut(void)
{
    struct relay_attached *attached;
    struct look look;
    char copy[128], bytes[8];
    FILE *file;

    /* of a copy: cutting the file would be deadly to the maker, who has it mapped */
    snprintf(copy, sizeof(copy), "%s/copy0", path);
    snprintf(bytes, sizeof(bytes), "%s", "");
    file = fopen(copy, "wb");
    NEED(file && ftruncate(fileno(file), 4096) == 0);
    fclose(file);
    strcat(copy, ".ctl");
    file = fopen(copy, "wb");
    NEED(file && fwrite(relay_cpu_buf(chan, 0)->ctl, 1, CONTROL, file) == CONTROL);
    fflush(file);
    copy[strlen(copy) - 4] = '\0';
    NEED(relay_attach(copy, &attached) == 0);
    CHECK_EQ(relay_attached_look(attached, &look.info, &look.buf, look.subbufs), 0);
    NEED(ftruncate(fileno(file), 700) == 0 && truncate(copy, 0) == 0);
    CHECK_EQ(relay_attached_look(attached, &look.info, &look.buf, look.subbufs), -EBADMSG);
    CHECK_EQ(relay_attached_read(attached, bytes, 8, 64), -EBADMSG);
    relay_detach(attached);
    CHECK_EQ(relay_attach(copy, &attached), -EBADMSG);
    fclose(file);
    unlink(copy);
    strcat(copy, ".ctl");
    unlink(copy);
}

static uint64_t random_state = 88172645463325252u;

static uint64_t random_number(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    return random_state ^= random_state << 17;
}

/* Some words of a control block become others: near ones, large ones, bits. */
static void mutate(unsigned char *control)
{
    for (uint64_t count = 1 + random_number() % 4; count; count--) {
        uint64_t value, at = random_number() % (sizeof(struct relay_ctl) + SUBBUFS * 64) & ~7ull;

        memcpy(&value, control + at, sizeof(value));
        switch (random_number() % 4) {
        case 0:
            value += random_number() % 5 - 2;
            break;
        case 1:
            value ^= 1ull << random_number() % 64;
            break;
        case 2:
            value = random_number() >> random_number() % 64;
            break;
        default:
            value = 0 - random_number() % 3;
        }
        memcpy(control + at, &value, sizeof(value));
    }
}

/* Whatever is told of a damaged block holds together. */
static void check_told(const struct look *look)
{
    CHECK(look->buf.consumed <= look->buf.produced);
    CHECK(look->buf.current < SUBBUFS);
    CHECK(look->buf.offset <= SUBBUF + 1);
    CHECK(kit_conserved(&look->buf.account));
    for (int i = 0; i < SUBBUFS; i++)
        CHECK(look->subbufs[i].used <= SUBBUF && look->subbufs[i].padding <= SUBBUF);
}

static void mutated_control_blocks(void)
{
    unsigned char good[CONTROL], bad[CONTROL];
    unsigned long refused = 0, rounds = kit_soak() > 1 ? 50000 * kit_soak() : 5000;
    char copy[128];
    FILE *control;

    for (int i = 0; i < 11; i++)
        kit_put(chan, 0, 'x', 20);
    memcpy(good, relay_cpu_buf(chan, 0)->ctl, CONTROL);
    snprintf(copy, sizeof(copy), "%s/copy0.ctl", path);
    control = fopen(copy, "w+b");
    copy[strlen(copy) - 4] = '\0';
    NEED(control && fclose(fopen(copy, "wb")) == 0 && truncate(copy, 4096) == 0);
    setvbuf(control, NULL, _IONBF, 0);
    for (unsigned long i = 0; i < rounds && !check_failures; i++) {
        struct relay_attached *attached;
        struct look look;

        memcpy(bad, good, CONTROL);
        if (i % 2)
            mutate(bad);
        rewind(control);
        NEED(fwrite(bad, 1, CONTROL, control) == CONTROL);
        if (relay_attach(copy, &attached) != 0) {
            refused++;
            continue;
        }
        if (i % 2 == 0) { /* damaged after it was attached */
            mutate(bad);
            rewind(control);
            NEED(fwrite(bad, 1, CONTROL, control) == CONTROL);
        }
        if (relay_attached_look(attached, &look.info, &look.buf, look.subbufs) != 0)
            refused++;
        else
            check_told(&look);
        relay_detach(attached);
    }
    CHECK(refused > rounds / 4 && refused < rounds);
    fclose(control);
    unlink(copy);
    strcat(copy, ".ctl");
    unlink(copy);
}

static void *writes(void *stop)
{
    while (!__atomic_load_n((bool *)stop, __ATOMIC_RELAXED)) {
        kit_put(chan, 0, 'w', 20);
        if (relay_buf_full(relay_cpu_buf(chan, 0)))
            relay_subbufs_consumed(chan, 0, 2);
    }
    return NULL;
}

/* Each look at a running writer holds together, or says that it may not. */
static void while_it_writes(void)
{
    struct relay_attached *attached;
    bool stop = false;
    unsigned whole = 0;
    pthread_t writer;

    NEED(relay_attach(data_path, &attached) == 0);
    NEED(pthread_create(&writer, NULL, writes, &stop) == 0);
    for (unsigned i = 0; i < 500; i++) {
        struct look look;

        if (CHECK_EQ(relay_attached_look(attached, &look.info, &look.buf, look.subbufs), 0))
            check_told(&look);
        whole += !look.info.is_moving;
    }
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    pthread_join(writer, NULL);
    CHECK(whole > 0);
    relay_detach(attached);
}

static struct relay_ctl *changed;
static uint64_t changes_until; /* of the monotonic clock, in ns */

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void change(int number)
{
    (void)number;
    if (changed->switches % 2 == 0)
        return; /* it holds still by now */
    changed->switches += 2;
    changed->base++;
    if (now_ns() > changes_until) {
        changed->switches++;
        changed->base = 0;
    }
}

/* Behind each pause of a look, in its own thread: however busy the machine is. */
static timer_t change_for(uint64_t ns)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    struct itimerspec often = {{0, 10000}, {0, 10000}};
    timer_t timer;

    changes_until = now_ns() + ns;
    signal(SIGUSR1, change);
    NEED(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    NEED(timer_settime(timer, 0, &often, NULL) == 0);
    return timer;
}

/* What never holds still is not called damaged; what holds still and cannot be, is. */
static void what_never_holds_still(void)
{
    struct relay_ctl *ctl = relay_cpu_buf(chan, 0)->ctl;
    struct relay_attached *attached;
    uint64_t base = ctl->base;
    struct look look;
    timer_t timer;

    changed = ctl;
    NEED(relay_attach(data_path, &attached) == 0);
    ctl->switches = 1; /* and so no copy is whole */
    ctl->base = 1;
    timer = change_for(UINT64_C(3600000000000));
    CHECK_EQ(relay_attached_look(attached, &look.info, &look.buf, look.subbufs), -EAGAIN);
    CHECK_EQ(relay_error(), RELAY_ERR_MOVING);
    CHECK(look.info.cpu == 0 && look.info.subbuf_size == SUBBUF);
    NEED(timer_delete(timer) == 0);
    signal(SIGUSR1, SIG_IGN); /* one may be on its way */
    CHECK_EQ(relay_attached_look(attached, &look.info, &look.buf, look.subbufs), -EBADMSG);
    ctl->switches = 0;
    CHECK_EQ(relay_attached_look(attached, &look.info, &look.buf, look.subbufs), -EBADMSG);
    ctl->base = base;
    CHECK_EQ(relay_attached_look(attached, &look.info, &look.buf, look.subbufs), 0);
    relay_detach(attached);
}

/* What was seen to move and then holds still is told as it is, and not as moving. */
static void what_holds_still_at_last(void)
{
    struct relay_attached *attached;
    struct look look;
    timer_t timer;

    changed = relay_cpu_buf(chan, 0)->ctl;
    NEED(relay_attach(data_path, &attached) == 0);
    changed->switches = 1;
    changed->base = 1;
    timer = change_for(20000000); /* longer than the tries at once take */
    CHECK_EQ(relay_attached_look(attached, &look.info, &look.buf, look.subbufs), 0);
    CHECK(!look.info.is_moving);
    NEED(timer_delete(timer) == 0);
    signal(SIGUSR1, SIG_IGN);
    relay_detach(attached);
}

static const struct check_test tests[] = {
    TEST(same_as_the_makers), TEST(nothing_to_attach_to),   TEST(another_version),
    TEST(other_machines),     TEST(files_that_are_cut),     TEST(mutated_control_blocks),
    TEST(while_it_writes),    TEST(what_never_holds_still), TEST(what_holds_still_at_last),
};
CHECK_MAIN(tests, before, after)
