/* SPDX-License-Identifier: MIT */
/* The tables of words: errors and probes. Every code has a name and a text of its own. */
#include <pthread.h>

#include "check.h"
#include "kit.h"

static void errors_have_texts(void)
{
    for (int a = 0; a < RELAY_N_ERRORS; a++) {
        const char *text = relay_error_text((enum relay_error_code)a);

        CHECK(strlen(text) > 5 && strcmp(text, "unknown error") != 0);
        CHECK(strlen(relay_error_name((enum relay_error_code)a)) > 1);
        CHECK((relay_error_errno((enum relay_error_code)a) > 0) == (a != RELAY_ERR_OK));
        for (int b = 0; b < a; b++) {
            CHECK(strcmp(text, relay_error_text((enum relay_error_code)b)) != 0);
            CHECK(strcmp(relay_error_name((enum relay_error_code)a),
                         relay_error_name((enum relay_error_code)b)) != 0);
        }
    }
    CHECK_STR(relay_error_name(RELAY_ERR_SIZE), "SIZE");
    CHECK_EQ(relay_error_errno(RELAY_ERR_EXISTS), EEXIST);
}

static void no_such_error(void)
{
    static const int codes[] = {-1, RELAY_N_ERRORS, 1 << 20};

    for (size_t i = 0; i < 3; i++) {
        CHECK_STR(relay_error_text((enum relay_error_code)codes[i]), "unknown error");
        CHECK_STR(relay_error_name((enum relay_error_code)codes[i]), "?");
        CHECK_EQ(relay_error_errno((enum relay_error_code)codes[i]), 0);
    }
}

static void *other_thread(void *arg)
{
    (void)arg;
    CHECK_EQ(relay_error(), RELAY_ERR_OK);
    CHECK_EQ(relay_current_cpu(), 0);
    relay_set_cpu(9);
    CHECK(!relay_open("x", NULL, 16, 0, &kit_no_overwrite, NULL));
    CHECK_EQ(relay_error(), RELAY_ERR_SIZE);
    return NULL;
}

static void each_thread_has_its_own(void)
{
    pthread_t thread;

    CHECK(!relay_open("x", NULL, 16, 2, NULL, NULL));
    relay_set_cpu(3);
    NEED(pthread_create(&thread, NULL, other_thread, NULL) == 0);
    pthread_join(thread, NULL);
    CHECK_EQ(relay_error(), RELAY_ERR_CALLBACKS);
    CHECK_EQ(relay_current_cpu(), 3);
    relay_error_clear();
    CHECK_EQ(relay_error(), RELAY_ERR_OK);
}

static void probes_have_sentences(void)
{
#define X(id, sentence)                                                                            \
    CHECK_STR(relay_probe_name(RELAY_PROBE_##id), #id);                                            \
    CHECK_STR(relay_probe_sentence(RELAY_PROBE_##id), sentence);                                   \
    CHECK((sentence)[strlen(sentence) - 1] == '.');
#include "relay/probes.def"
#undef X
    for (int a = 0; a < RELAY_N_PROBES; a++)
        for (int b = 0; b < a; b++)
            CHECK(strcmp(relay_probe_sentence((enum relay_probe_id)a),
                         relay_probe_sentence((enum relay_probe_id)b)) != 0);
    CHECK(!relay_probe_name(RELAY_N_PROBES));
    CHECK(!relay_probe_sentence(RELAY_N_PROBES));
    CHECK(!relay_probe_sentence((enum relay_probe_id) - 1));
}

static const struct check_test tests[] = {
    TEST(errors_have_texts),
    TEST(no_such_error),
    TEST(each_thread_has_its_own),
    TEST(probes_have_sentences),
};
CHECK_MAIN(tests, kit_before, kit_after)
