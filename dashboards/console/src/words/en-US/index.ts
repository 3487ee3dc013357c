/** Every text in this language; one file a part of the console. */
import account from "./account.json";
import admin from "./admin.json";
import console from "./console.json";
import desk from "./desk.json";
import diagnosis from "./diagnosis.json";
import machinePage from "./machinePage.json";
import mine from "./mine.json";
import overview from "./overview.json";
import rules from "./rules.json";
import shift from "./shift.json";
import trust from "./trust.json";

export default { ...account, ...admin, ...console, ...desk, ...diagnosis, ...machinePage, ...mine, ...overview, ...rules, ...shift, ...trust };
