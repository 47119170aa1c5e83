/* SPDX-License-Identifier: MIT */
/* What calls on directories on disk say of an error: its reason, and nothing where there is none. */
#include <errno.h>
#include <fcntl.h>

#include "ondisk.h"
#include "relay/relay_attach.h"
#include "relay/relay_save.h"

static void check_clean(struct dentry *where, const char *base, int result,
                        enum relay_error_code error)
{
    relay_error_clear();
    CHECK_EQ(relay_directory_clean(where, base), result);
    CHECK_EQ(relay_error(), error);
}

static void why_nothing_is_cleaned(void)
{
    check_clean(dir, "none", -ENOENT, RELAY_ERR_NOT_FOUND);
    check_clean(dir, "cpu", -EEXIST, RELAY_ERR_EXISTS);
    check_clean(NULL, "cpu", -ENOTDIR, RELAY_ERR_NOT_DIRECTORY);
    check_clean(relay_root(), "cpu", -ENOTDIR, RELAY_ERR_NOT_DIRECTORY);
    put_file("left.channel", "", 0);
    check_clean(dir, "left", 0, RELAY_ERR_OK);
}

/* A channel's description as one that a dead process left. */
static void leave_description(const char *name)
{
    char text[600];
    FILE *file = fopen(in_dir("cpu.channel"), "r");
    size_t count;
    char *boot;

    NEED(file);
    count = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[count] = '\0';
    boot = strstr(text, "boot ") + 5;
    *boot = *boot == '0' ? '1' : '0';
    strcpy(strstr(text, "\nchannel ") + 9, "7\nend\n"); /* and not ours */
    put_file(name, text, strlen(text));
}

/* The block is as it should be: it is the name that somebody else has, or had. */
static void why_a_saved_channel_gets_no_name(void)
{
    static unsigned char block[1 << 14];
    struct rchan *saved = open_in(NULL, "other");
    ssize_t size;

    NEED(saved);
    size = relay_save(saved, block, sizeof(block));
    NEED(size > 0);
    relay_close(saved);
    leave_description("other.channel");
    relay_error_clear();
    CHECK(!relay_open_saved(block, (size_t)size, dir, &kit_no_overwrite, NULL));
    CHECK_EQ(relay_error(), RELAY_ERR_STALE);
    CHECK_EQ(relay_directory_clean(dir, "other"), 0);
    saved = open_in(dir, "other");
    NEED(saved);
    relay_error_clear();
    CHECK(!relay_open_saved(block, (size_t)size, dir, &kit_no_overwrite, NULL));
    CHECK_EQ(relay_error(), RELAY_ERR_EXISTS);
    relay_close(saved);
    relay_error_clear();
    saved = relay_open_saved(block, (size_t)size, dir, &kit_no_overwrite, NULL);
    CHECK(saved);
    CHECK_EQ(relay_error(), RELAY_ERR_OK);
    relay_close(saved);
}

static void look_up_and_attach(void)
{
    struct relay_attached *attached;
    struct dentry *entry;

    relay_error_clear();
    entry = relay_lookup(dir, "copy0");
    CHECK(entry);
    CHECK_EQ(relay_error(), RELAY_ERR_OK);
    relay_dentry_put(entry);
    CHECK_EQ(relay_attach(in_dir("copy0"), &attached), 0);
    CHECK_EQ(relay_error(), RELAY_ERR_OK);
    relay_detach(attached);
    CHECK(!relay_lookup(dir, "none0"));
    CHECK_EQ(relay_error(), RELAY_ERR_NOT_FOUND);
}

/* A file that gets the lowest number was opened as well as any other. */
static void no_reason_at_all(void)
{
    static const union control nothing;
    int kept = dup(0);

    put_file("copy0", &nothing, PAGE);
    put_file("copy0.ctl", relay_cpu_buf(chan, 0)->ctl, PAGE);
    look_up_and_attach();
    NEED(kept >= 0 && close(0) == 0);
    look_up_and_attach();
    CHECK_EQ(fcntl(0, F_GETFD), -1);
    NEED(dup2(kept, 0) == 0 && close(kept) == 0);
    unlink(in_dir("copy0"));
    unlink(in_dir("copy0.ctl"));
}

static const struct check_test tests[] = {
    TEST(why_nothing_is_cleaned),
    TEST(why_a_saved_channel_gets_no_name),
    TEST(no_reason_at_all),
};
CHECK_MAIN(tests, before, after)
