/** The API's shapes under the names the console uses; generated from openapi.json, nothing typed by hand. */
import type { components } from "./schema.gen";

type Schemas = components["schemas"];

export type Me = Schemas["Me"];
export type InvitationShown = Schemas["InvitationShown"];
export type PasswordLinkShown = Schemas["PasswordLinkShown"];
export type Problem = Schemas["Problem"];
export type Machine = Schemas["MachineSummary"];
export type LastValue = Schemas["LastValue"];
export type Alarm = Schemas["Alarm"];
export type AlarmDetail = Schemas["AlarmDetail"];
export type Transition = Schemas["Transition"];
export type ToldNotice = Schemas["ToldNotice"];
export type Verdict = Schemas["Verdict"];
export type AlarmLimit = Schemas["AlarmLimit"];
export type SignalValue = Schemas["SignalValue"];
export type Readings = Schemas["Readings"];
export type SignalEntry = Schemas["SignalEntry"];
export type Words = Schemas["Words"];
export type LiveMachine = Schemas["LiveMachine"];
export type LiveMachines = Schemas["LiveMachines"];
export type LiveAlarm = Schemas["LiveAlarm"];
