/** To the machine's own page. */
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

export function MachineLink({ machine }: { machine: { readonly id: string } }) {
  const { t } = useTranslation();
  return <Link to={`/machines/${machine.id}`}>{t("admin.toMachine")}</Link>;
}
