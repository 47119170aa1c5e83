/* SPDX-License-Identifier: MIT */
/* Whose a name in a directory on disk is: descriptions, each line as it was and changed; what the dead left. */
#include <errno.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "ondisk.h"
#include "relay/relay_attach.h"

/* ---- descriptions ---- */

static char described[600];

static void read_description(void)
{
    FILE *file = fopen(in_dir("cpu.channel"), "r");
    size_t count;

    NEED(file);
    count = fread(described, 1, 511, file);
    described[count] = '\0';
    fclose(file);
}

/* The description with what follows `name` in its line replaced; NULL: that line left out. */
static const char *changed(const char *name, const char *value)
{
    static char text[600];
    const char *at = strstr(described, name), *end = strchr(at + strlen(name), '\n');

    if (value)
        snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - described) + (int)strlen(name),
                 described, value, end);
    else
        snprintf(text, sizeof(text), "%.*s%s", (int)(at - described), described, end + 1);
    return text;
}

/* Field `number` of a task as proc(5) counts them, read in another way than the library does. */
static unsigned long long stat_field(const char *file, int number)
{
    char text[1024] = "", *at;
    FILE *stat = fopen(file, "r");

    NEED(stat && fgets(text, sizeof(text), stat));
    fclose(stat);
    at = strrchr(text, ')') + 2;
    at = strtok(at, " ");
    for (int field = 3; field < number; field++)
        at = strtok(NULL, " ");
    return strtoull(at, NULL, 10);
}

static void a_description_says_who_made_it(void)
{
    char boot[64] = "", letters[40] = "", expected[600];
    struct relay_maker maker = relay_cpu_buf(chan, 0)->ctl->maker;
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");
    struct stat ns;
    size_t count = 0;

    NEED(file && fgets(boot, sizeof(boot), file) && stat("/proc/self/ns/pid", &ns) == 0);
    fclose(file);
    for (const char *at = boot; *at && *at != '\n' && count < sizeof(letters) - 1; at++)
        if (*at != '-')
            letters[count++] = *at;
    snprintf(expected, sizeof(expected),
             "relay channel 1\ncontrol %u\nsubbuf_size %d\nn_subbufs %d\ncpus 1\npid %d\n"
             "born %llu\npid_ns %llu\nboot %s\nchannel %llu\nend\n",
             RELAY_CTL_VERSION, SUBBUF, SUBBUFS, getpid(), stat_field("/proc/self/stat", 22),
             (unsigned long long)ns.st_ino, letters, (unsigned long long)maker.channel);
    read_description();
    CHECK_STR(described, expected);
    CHECK_EQ(maker.pid, getpid());
    CHECK_EQ(maker.born, stat_field("/proc/self/stat", 22));
    CHECK_EQ(maker.pid_ns, ns.st_ino);
    CHECK_EQ(maker.cpus, 1);
    CHECK_EQ(maker.mode & 07777, 0400); /* as files of relay say, not as they lie there */
    CHECK_EQ(maker.is_global, 0);
}

/* What is no relay file stays, and the directory with it. */
static void a_directory_with_something_else_in_it(void)
{
    struct dentry *below = relay_create_dir("below", dir);

    NEED(below);
    put_file("below/mine", "x", 1);
    relay_error_clear();
    CHECK_EQ(relay_remove(below), -ENOTEMPTY);
    CHECK_EQ(relay_error(), RELAY_ERR_NOT_EMPTY);
    unlink(in_dir("below/mine"));
    CHECK_EQ(relay_remove(below), 0);
    relay_dentry_put(below);
}

static void why_a_name_is_taken(const char *text, enum relay_error_code error)
{
    put_file("other.channel", text, strlen(text));
    CHECK(!open_in(dir, "other"));
    if (!CHECK_EQ(relay_error(), error))
        fprintf(stderr, "  with %s", text);
    CHECK_EQ(relay_directory_clean(dir, "other"), error == RELAY_ERR_STALE ? 0 : -EEXIST);
    CHECK_EQ(access(in_dir("other.channel"), F_OK), error == RELAY_ERR_STALE ? -1 : 0);
    unlink(in_dir("other.channel"));
}

static void each_line_of_a_description(void)
{
    char letters[40];

    read_description();
    strcpy(described, changed("\nchannel ", "7")); /* no channel that is there */
    memcpy(letters, strstr(described, "\nboot ") + 6, 32);
    letters[32] = '\0';
    why_a_name_is_taken(described, RELAY_ERR_EXISTS);
    why_a_name_is_taken("", RELAY_ERR_STALE);
    why_a_name_is_taken(changed("end", NULL), RELAY_ERR_STALE);
    why_a_name_is_taken(changed("\npid ", "0"), RELAY_ERR_STALE);
    why_a_name_is_taken(changed("\npid ", "4194305"), RELAY_ERR_STALE); /* no process has it */
    why_a_name_is_taken(changed("\nborn ", "1"), RELAY_ERR_STALE);
    why_a_name_is_taken(changed("\npid_ns ", "1"), RELAY_ERR_EXISTS); /* who knows */
    why_a_name_is_taken(changed("\nboot ", letters), RELAY_ERR_EXISTS);
    why_a_name_is_taken(changed("\nboot ", "zz"), RELAY_ERR_STALE);
    letters[31] = letters[31] == '0' ? '1' : '0';
    why_a_name_is_taken(changed("\nboot ", letters), RELAY_ERR_STALE);
    letters[31] = '\0';
    why_a_name_is_taken(changed("\nboot ", letters), RELAY_ERR_STALE);
    why_a_name_is_taken(changed("relay channel ", "1"), RELAY_ERR_EXISTS);
}

/* A link in place of a description is nobody's: it is not followed, and cleaned away. */
static void a_link_is_not_followed(void)
{
    NEED(symlink(in_dir("cpu.channel"), in_dir("other.channel")) == 0);
    CHECK(!open_in(dir, "other"));
    CHECK_EQ(relay_error(), RELAY_ERR_STALE);
    CHECK_EQ(relay_directory_clean(dir, "other"), 0);
    CHECK_EQ(access(in_dir("cpu.channel"), F_OK), 0);
    CHECK_EQ(access(in_dir("other.channel"), F_OK), -1);
}

/* A description that is another channel's by now stays when this one is closed. */
static void a_name_that_is_anothers_by_now(void)
{
    read_description();
    put_file("cpu.channel", changed("\nchannel ", "7"), strlen(changed("\nchannel ", "7")));
    relay_close(chan);
    CHECK_EQ(access(in_dir("cpu.channel"), F_OK), 0);
    CHECK_EQ(access(in_dir("cpu0"), F_OK), -1);
    unlink(in_dir("cpu.channel"));
    chan = open_in(dir, "cpu");
    NEED(chan);
}

/* So do files that have the names of its own. */
static void files_that_are_anothers_by_now(void)
{
    static const char *const names[] = {"cpu0", "cpu0.ctl"};

    for (int i = 0; i < 2; i++) {
        NEED(rename(in_dir(names[i]), in_dir("kept")) == 0);
        put_file(names[i], "mine", 4);
        relay_close(chan);
        CHECK_EQ(access(in_dir(names[i]), F_OK), 0);
        CHECK_EQ(access(in_dir(names[!i]), F_OK), -1);
        CHECK_EQ(unlink(in_dir(names[i])) + unlink(in_dir("kept")), 0);
        chan = open_in(dir, "cpu");
        NEED(chan);
    }
}

static void two_channels_have_two_numbers(void)
{
    struct rchan *other = open_in(dir, "other");
    uint64_t first = relay_cpu_buf(chan, 0)->ctl->maker.channel;

    CHECK(first);
    CHECK(relay_cpu_buf(other, 0)->ctl->maker.channel != first);
    relay_close(other);
}

/* The system asks, and nobody dies of it. */
static bool can_be_written(void *address)
{
    int ends[2];
    bool can;

    NEED(pipe(ends) == 0 && write(ends[1], "b", 1) == 1);
    can = read(ends[0], address, 1) == 1;
    close(ends[0]);
    close(ends[1]);
    return can;
}

/* A private mapping is of the file, which has to be there still; a shared one is of the pages. */
static void a_private_mapping_needs_the_name(void)
{
    struct relay_mapping *mapping;
    struct relay_file *file = NULL;
    struct dentry *entry = relay_lookup(dir, "cpu0");
    size_t descriptors;

    NEED(entry && relay_file_open(entry, O_RDONLY, &file) == 0);
    kit_put(chan, 0, 'a', 60);
    descriptors = kit_descriptors();
    for (int turn = 0; turn < 3; turn++) {
        int expected = turn == 0 ? 0 : -ENODEV;

        CHECK_EQ(relay_file_mmap(file, PAGE, PROT_READ, MAP_PRIVATE, 0, &mapping), expected);
        if (!expected) {
            CHECK_EQ(*(const char *)relay_mapping_address(mapping), 'a');
            relay_mapping_close(mapping);
        }
        CHECK_EQ(relay_file_mmap(file, PAGE, PROT_READ, MAP_SHARED, 0, &mapping), 0);
        CHECK_EQ(*(const char *)relay_mapping_address(mapping), 'a');
        CHECK(!can_be_written(relay_mapping_address(mapping)));
        relay_mapping_close(mapping);
        CHECK_EQ(kit_descriptors(), descriptors);
        if (turn == 0)
            NEED(rename(in_dir("cpu0"), in_dir("kept0")) == 0);
        else if (turn == 1)
            put_file("cpu0", "", 0); /* another's by now */
    }
    NEED(rename(in_dir("kept0"), in_dir("cpu0")) == 0);
    relay_file_close(file);
    relay_dentry_put(entry);
}

/* A descriptor whose number is 0 is one as well, and is given back. */
static void the_number_0_is_given_back(void)
{
    struct dentry *entry = relay_lookup(dir, "cpu0");
    struct relay_attached_info info;
    struct relay_mapping *mapping;
    struct relay_attached *attached;
    struct relay_file *file = NULL;
    struct relay_buf_info buf;
    int kept = dup(0);

    NEED(entry && relay_file_open(entry, O_RDONLY, &file) == 0 && kept >= 0);
    NEED(relay_attach(in_dir("cpu0"), &attached) == 0 && close(0) == 0);
    CHECK_EQ(relay_file_mmap(file, PAGE, PROT_READ, MAP_PRIVATE, 0, &mapping), 0);
    CHECK_EQ(fcntl(0, F_GETFD), -1);
    CHECK_EQ(relay_attached_look(attached, &info, &buf, NULL), 0);
    CHECK_EQ(info.alive, RELAY_ALIVE_YES);
    CHECK_EQ(fcntl(0, F_GETFD), -1);
    NEED(dup2(kept, 0) == 0 && close(kept) == 0);
    relay_mapping_close(mapping);
    relay_detach(attached);
    relay_file_close(file);
    relay_dentry_put(entry);
}

/* ---- how long paths may be ---- */

enum { COMPONENT = 200, DEEP = 4000 };

/* A directory whose path has DEEP bytes; or takes all on the way away. */
static void deep(char where[PATH_MAX], bool make)
{
    size_t length = strlen(strcpy(where, path));

    while (length < DEEP) {
        size_t part = DEEP - length > COMPONENT + 2 ? COMPONENT : DEEP - length - 1;

        where[length] = '/';
        memset(where + length + 1, 'd', part);
        length += part + 1;
        where[length] = '\0';
        if (make)
            NEED(mkdir(where, 0700) == 0);
    }
    while (!make && length > strlen(path)) {
        NEED(rmdir(where) == 0);
        length = (size_t)(strrchr(where, '/') - where);
        where[length] = '\0';
    }
}

static void paths_up_to_the_limit(void)
{
    char where[PATH_MAX], name[NAME_MAX + 1], whole[PATH_MAX + NAME_MAX + 2];
    const size_t most = PATH_MAX - 1 - DEEP - 1, suffix = strlen(".channel");
    struct relay_attached *attached;
    struct dentry *below;
    struct rchan *other;

    deep(where, true);
    below = relay_directory_at(where, NULL);
    NEED(below);
    CHECK_STR(relay_directory_path(below), where);
    CHECK(!relay_directory_path(NULL) && !relay_directory_path(relay_root()));
    memset(name, 'n', sizeof(name));
    for (size_t over = 0; over < 2; over++) {
        name[most + over] = '\0';
        CHECK(!relay_lookup(below, name));
        CHECK_EQ(relay_error(), over ? RELAY_ERR_NAME : RELAY_ERR_NOT_FOUND);
        CHECK(!relay_create_dir(name, below) == (over > 0));
        if (over == 0)
            CHECK_EQ(relay_dir_names(below, NULL, 0), most + 1);
        snprintf(whole, sizeof(whole), "%s/%s", where, name);
        rmdir(whole);
        name[most + over] = 'n';
        name[most - suffix + over] = '\0';
        CHECK_EQ(relay_directory_clean(below, name), over ? -ENAMETOOLONG : -ENOENT);
        other = open_in(below, name);
        CHECK_EQ(other != NULL, over == 0);
        CHECK(other || relay_error() == RELAY_ERR_NAME);
        relay_close(other);
        name[most - suffix + over] = 'n';
        whole[PATH_MAX - 1 - strlen(".ctl") + over] = '\0';
        CHECK_EQ(relay_attach(whole, &attached), over ? -EINVAL : -ENOENT);
        CHECK_EQ(relay_error(), over ? RELAY_ERR_NAME : RELAY_ERR_NOT_FOUND);
    }
    relay_dentry_put(below);
    deep(where, false);
}

/* ---- what a dead process left ---- */

static void leave_one(const char *name, bool is_dead, uint64_t channel)
{
    union control control;
    char file[80];

    memcpy(&control, relay_cpu_buf(chan, 0)->ctl, PAGE);
    control.head.maker.boot[0] ^= is_dead;
    control.head.maker.channel = channel;
    put_file(name, "", 0);
    snprintf(file, sizeof(file), "%s.ctl", name);
    put_file(file, &control, PAGE);
}

static bool is_there(const char *name)
{
    char file[80];
    bool data = access(in_dir(name), F_OK) == 0;

    snprintf(file, sizeof(file), "%s.ctl", name);
    CHECK_EQ(access(in_dir(file), F_OK) == 0, data);
    return data;
}

static const char *const left[] = {
    "old0",       "old12",           "old",          "oldx", "old1x", "older0", "other0",
    "below/old3", "below/deep/old4", ".hidden/old5",
};

static void leave_all(bool is_dead)
{
    NEED(mkdir(in_dir("below"), 0700) == 0 && mkdir(in_dir("below/deep"), 0700) == 0 &&
         mkdir(in_dir(".hidden"), 0700) == 0);
    for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
        leave_one(left[i], is_dead, 100 + i % 2);
}

static void check_left(const char *gone)
{
    for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
        char name[40], file[80];

        snprintf(name, sizeof(name), " %s ", left[i]);
        if (!CHECK_EQ(is_there(left[i]), strstr(gone, name) == NULL))
            fprintf(stderr, "  %s\n", left[i]);
        snprintf(file, sizeof(file), "%s.ctl", left[i]);
        unlink(in_dir(left[i]));
        unlink(in_dir(file));
    }
    CHECK_EQ(rmdir(in_dir("below/deep")) + rmdir(in_dir("below")) + rmdir(in_dir(".hidden")), 0);
}

/* Without a description: numbered buffers of that name, whose maker is dead, also one level below. */
static void what_is_cleaned_by_its_name(void)
{
    leave_all(false);
    CHECK_EQ(relay_directory_clean(dir, "old"), -ENOENT);
    check_left("");
    leave_all(true);
    CHECK_EQ(relay_directory_clean(dir, "old"), 3);
    check_left(" old0 old12 below/old3 ");
}

/* … where nothing else is beside that. */
static void what_is_one_level_below(void)
{
    struct dentry *apart = relay_create_dir("apart", dir);

    NEED(apart && mkdir(in_dir("apart/below"), 0700) == 0);
    leave_one("apart/below/old0", true, 1);
    CHECK_EQ(relay_directory_clean(apart, "old"), 1);
    CHECK(!is_there("apart/below/old0"));
    CHECK_EQ(rmdir(in_dir("apart/below")), 0);
    CHECK_EQ(relay_remove(apart), 0);
    relay_dentry_put(apart);
}

/* With one: its buffers, whatever they are called. */
static void what_is_cleaned_by_its_channel(void)
{
    const char *text;

    read_description();
    strcpy(described, changed("\nborn ", "1"));
    text = changed("\nchannel ", "101");
    leave_all(true);
    put_file("old.channel", text, strlen(text));
    CHECK_EQ(relay_directory_clean(dir, "old"), 4);
    CHECK_EQ(access(in_dir("old.channel"), F_OK), -1);
    check_left(" old12 oldx older0 below/old3 ");
}

/* What another process is told of a buffer's channel is what its block says. */
static void what_a_block_says_of_its_channel(void)
{
    for (uint32_t turn = 0; turn < 2; turn++) {
        static const unsigned char nothing[PAGE];
        struct relay_file *file = NULL;
        union control control;
        struct dentry *entry;
        struct rchan *told;

        memcpy(&control, relay_cpu_buf(chan, 0)->ctl, PAGE);
        control.head.maker.mode = turn ? 0640 : 0400;
        control.head.maker.is_global = turn;
        control.head.maker.cpus = 3;
        control.head.cpu = turn;
        put_file("copy0", nothing, PAGE);
        put_file("copy0.ctl", &control, PAGE);
        entry = relay_lookup(dir, "copy0");
        NEED(entry && relay_file_open(entry, O_RDONLY, &file) == 0);
        CHECK_STR(relay_dentry_name(entry), "copy0");
        CHECK_EQ(relay_file_mode(file), S_IFREG | (turn ? 0640 : 0400));
        told = relay_file_buf(file)->chan;
        CHECK_EQ(told->cpus, 3);
        CHECK_EQ(told->is_global, turn);
        CHECK_EQ(told->subbuf_size, SUBBUF);
        CHECK_EQ(told->n_subbufs, SUBBUFS);
        CHECK_EQ(told->alloc_size, PAGE);
        for (unsigned cpu = 0; cpu < 3; cpu++)
            CHECK_EQ(relay_cpu_is_online(told, cpu), cpu == turn);
        relay_file_close(file);
        relay_dentry_put(entry);
        unlink(in_dir("copy0"));
        unlink(in_dir("copy0.ctl"));
    }
}

/* Whose a buffer is, is in its control block, if that is one. */
static void why_a_buffer_is_taken(void)
{
    static const struct {
        bool is_dead;
        uint32_t magic, version;
        enum relay_error_code error;
    } kinds[] = {
        {false, RELAY_CTL_MAGIC, RELAY_CTL_VERSION, RELAY_ERR_CREATE_FILE},
        {true, RELAY_CTL_MAGIC, RELAY_CTL_VERSION, RELAY_ERR_STALE},
        {true, RELAY_CTL_MAGIC + 1, RELAY_CTL_VERSION, RELAY_ERR_CREATE_FILE},
        {true, RELAY_CTL_MAGIC, RELAY_CTL_VERSION + 1, RELAY_ERR_CREATE_FILE},
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        union control control;

        memcpy(&control, relay_cpu_buf(chan, 0)->ctl, PAGE);
        control.head.maker.boot[0] ^= kinds[i].is_dead;
        control.head.magic = kinds[i].magic;
        control.head.version = kinds[i].version;
        put_file("other0.ctl", &control, PAGE);
        CHECK(!open_in(dir, "other"));
        CHECK_EQ(relay_error(), kinds[i].error);
    }
    put_file("other0.ctl", "", 0);
    CHECK(!open_in(dir, "other"));
    CHECK_EQ(relay_error(), RELAY_ERR_CREATE_FILE);
    unlink(in_dir("other0.ctl"));
}

static const struct check_test tests[] = {
    TEST(a_description_says_who_made_it), TEST(a_directory_with_something_else_in_it),
    TEST(each_line_of_a_description),     TEST(a_link_is_not_followed),
    TEST(a_name_that_is_anothers_by_now), TEST(two_channels_have_two_numbers),
    TEST(what_is_cleaned_by_its_name),    TEST(what_is_cleaned_by_its_channel),
    TEST(why_a_buffer_is_taken),          TEST(a_private_mapping_needs_the_name),
    TEST(files_that_are_anothers_by_now), TEST(what_a_block_says_of_its_channel),
    TEST(the_number_0_is_given_back),     TEST(paths_up_to_the_limit),
    TEST(what_is_one_level_below),
};
CHECK_MAIN(tests, before, after)
