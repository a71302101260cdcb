#include "firmware/store/schema.h"

#include "firmware/base/cleanup.h"

/* The assembler puts the file into the object, so the SQL stays a file sqlite3 can read too. */
#define EMBED(symbol, file)                                                                        \
	__asm__(".pushsection .rodata\n"                                                           \
		".global " #symbol "\n" #symbol ":\n"                                              \
		".incbin \"" file "\"\n.byte 0\n"                                                  \
		".popsection\n");                                                                  \
	extern const char symbol[]

EMBED(schema_001, "config/schema/001_job.sql");
EMBED(schema_002, "config/schema/002_body.sql");
EMBED(schema_003, "config/schema/003_office.sql");

static const char *const steps[] = {
	schema_001,
	schema_002,
	schema_003,
};

int schema_steps(void)
{
	return ARRAY_SIZE(steps);
}

const char *schema_sql(int version)
{
	return steps[version - 1];
}
