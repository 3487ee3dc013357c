/** The way to the search, by click or Ctrl-K (⌘K); what it searches in is loaded when it is first opened. */
import { SearchOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

const SearchDialog = lazy(async () => ({ default: (await import("./SearchDialog")).SearchDialog }));

export function SearchButton() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [wasOpen, setWasOpen] = useState(false);
  if (open && !wasOpen) setWasOpen(true);
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      setOpen((before) => !before);
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
  return (
    <>
      <Button className="switch search-button" icon={<SearchOutlined />} aria-label={t("search.openHelp")} title={t("search.openHelp")} onClick={() => setOpen(true)} data-testid="search" />
      {wasOpen && (
        <Suspense fallback={null}>
          <SearchDialog open={open} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
