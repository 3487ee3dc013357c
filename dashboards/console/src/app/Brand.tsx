import { useTranslation } from "react-i18next";

/** The product's sign: a pulse line in a plate, and its name. */
export function Brand() {
  const { t } = useTranslation();
  return (
    <span className="brand">
      <svg width="26" height="26" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
        <rect width="32" height="32" rx="6" fill="#0b4f8a" />
        <path d="M5 17h5l3-8 5 15 3-7h6" fill="none" stroke="#fff" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round" />
      </svg>
      <span className="brand-name">{t("brand")}</span>
    </span>
  );
}
