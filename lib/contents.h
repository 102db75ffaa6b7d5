/* contents: rules on what an object is, and the shape of what it has. See rule.h. */
#ifndef OCTI_CONTENTS_H
#define OCTI_CONTENTS_H

#include "exam.h"

void contents_id(struct exam *exam);
void contents_type(struct exam *exam);
void contents_unknown_type(struct exam *exam);
void contents_other_type(struct exam *exam);
void contents_null(struct exam *exam);
void contents_null_ref(struct exam *exam);
void contents_refs(struct exam *exam);
void contents_entries(struct exam *exam);
void contents_source_name(struct exam *exam);
void contents_phases(struct exam *exam);
void contents_operation(struct exam *exam);
void contents_command(struct exam *exam);
void contents_inferred(struct exam *exam);
void contents_lost_reference(struct exam *exam);
void contents_same_reference(struct exam *exam);
void contents_files(struct exam *exam);
void contents_old_objects(struct exam *exam);
void contents_many_refs(struct exam *exam);

#endif
