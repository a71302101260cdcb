/* Schema files of config/schema, part of the program. Numbered, forward only. */
#pragma once

/** schema_steps() - how many there are: the newest user_version. */
int schema_steps(void);
/** schema_sql() - text of step @version (1…). */
const char *schema_sql(int version);
