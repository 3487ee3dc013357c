/** Words for what the audit calls by the API's names; what none is known for is shown as it is. */
import i18next, { type TFunction } from "i18next";

export const ACTIONS = [
  "create", "update", "delete", "read_positions", "sign_in", "sign_in_failed", "sign_out", "transfer", "replay", "revoke", "rotate_secret", "import", "swap",
  "make_password_link", "promote", "rollback", "shadow", "give_verdict", "record_maintenance", "resend", "test",
  "answer_check", "ask_for_help", "cancel_replay", "change_meter", "change_password", "change_password_failed", "confirm", "install_software", "refresh_reused",
  "retire", "sign_out_session", "snooze_maintenance", "train", "withdraw_meter_change", "withdraw_note", "write_note",
  "remove_override", "override_rule", "tune", "correct_transfer", "comment", "assign", "investigate", "end_investigation", "hand_over",
  "acknowledge", "reset", "shelve", "unshelve", "take_out", "return",
] as const;
export const ENTITIES = [
  "alarm", "alarm_settings", "client", "company_login", "finding", "geofence", "installation", "invitation", "machine", "machine_kind", "maintenance_plan", "model",
  "notice", "notice_template", "organisation", "person", "position", "quarantine_replay", "roster", "rule_set", "session", "share", "site", "software_version", "terminal", "webhook",
  "hand_over_note", "help_request", "notice_address", "notice_preference", "report_subscription", "detector",
] as const;

export function actionWord(action: string, t: TFunction): string {
  const known = ACTIONS.find((one) => one === action);
  return known === undefined ? action.replaceAll("_", " ") : t(`admin.action.${known}`);
}

export function entityWord(entity: string, t: TFunction): string {
  const known = ENTITIES.find((one) => one === entity);
  return known === undefined ? entity.replaceAll("_", " ") : t(`admin.entity.${known}`);
}

/** The word of a member, where a form asks for it. */
export function memberWord(name: string, t: TFunction): string {
  const key = `admin.field.${name}`;
  return i18next.exists(key) ? t(key as "admin.field.name") : name.replaceAll("_", " ");
}
