/* SPDX-License-Identifier: GPL-2.0-only
 * Messages about a wrong command line. */
#include "tools/usage.h"

#include <stdio.h>
#include <string.h>

#include "sim/scenario.h"

enum { MAX_OPTIONS = 32 };

void usage_bad_option(const char *command, char **argv, const struct option *options, int c)
{
    const char *names[MAX_OPTIONS], *near = NULL, *arg = argv[optind - 1];
    char one[3] = {'-', (char)optopt, 0}, name[64];
    size_t n = 0;
    if (c == ':') {
        fprintf(stderr, "%s: option %.60s needs a value; %s -h lists the options\n", command, arg,
                command);
        return;
    }
    /* An unknown letter is in optopt; an option that takes no value but got one has its val there.
     */
    if (strncmp(arg, "--", 2) != 0) {
        fprintf(stderr, "%s: there is no option %s; %s -h lists the options\n", command, one,
                command);
        return;
    }
    if (optopt) {
        fprintf(stderr, "%s: option %.60s takes no value; %s -h lists the options\n", command, arg,
                command);
        return;
    }
    snprintf(name, sizeof name, "%.*s", (int)strcspn(arg + 2, "="), arg + 2);
    for (; options[n].name && n < MAX_OPTIONS; n++)
        names[n] = options[n].name;
    near = scn_did_you_mean(name, names, n);
    if (near)
        fprintf(stderr, "%s: there is no option %.60s; did you mean --%s?\n", command, arg, near);
    else
        fprintf(stderr, "%s: there is no option %.60s; %s -h lists the options\n", command, arg,
                command);
}
