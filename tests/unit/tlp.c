#include "tlp.h"
#include "check.h"

static enum tlp of_object(const char *text)
{
	return tlp_of_object((struct span){ text, strlen(text) });
}

int main(void)
{
	CHECK(tlp_named("red") == TLP_RED);
	CHECK(tlp_named("TLP:Amber+Strict") == TLP_AMBER_STRICT);
	CHECK(tlp_named("white") == TLP_CLEAR && tlp_named("CLEAR") == TLP_CLEAR);
	CHECK(tlp_named("") == TLP_NONE && tlp_named("TLP:") == TLP_NONE);
	CHECK(tlp_named("amber strict") == TLP_NONE);
	CHECK_TEXT(tlp_name(TLP_CLEAR), "TLP:CLEAR");
	CHECK_TEXT(tlp_name(TLP_NONE), "no TLP");
	CHECK(TLP_NONE < TLP_CLEAR && TLP_AMBER < TLP_AMBER_STRICT &&
		TLP_AMBER_STRICT < TLP_RED);

	const char *red = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed";
	CHECK(tlp_of_id(red, strlen(red)) == TLP_RED);
	CHECK(tlp_of_id(red, strlen(red) - 1) == TLP_NONE);
	CHECK(tlp_of_id("", 0) == TLP_NONE);

	CHECK(of_object("{}") == TLP_NONE);
	CHECK(of_object("{\"object_marking_refs\": \"x\"}") == TLP_NONE);
	CHECK(of_object("{\"object_marking_refs\": [1, null, \"x\"]}") == TLP_NONE);
	CHECK(of_object("{\"object_marking_refs\": ["
			"\"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da\","
			"\"marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003\","
			"\"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82\"]}") ==
		TLP_AMBER_STRICT);
	return check_end("tlp");
}
