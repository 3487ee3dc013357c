import { AudioMutedOutlined, SoundOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { switchSound, useSound } from "./sound";

/** Whether a new critical alarm is heard; the browser allows that only after a click. */
export const SoundSwitch = memo(function SoundSwitch() {
  const { t } = useTranslation();
  const state = useSound();
  return (
    <Button
      size="small"
      className="sound-switch"
      icon={state === "off" ? <AudioMutedOutlined /> : <SoundOutlined />}
      aria-pressed={state !== "off"}
      title={t(`desk.sound.help.${state}`)}
      onClick={switchSound}
      data-testid="sound"
      data-state={state}
    >
      {t(`desk.sound.${state}`)}
    </Button>
  );
});
