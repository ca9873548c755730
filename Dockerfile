# The service, the dashboard and operations, without the data:
#   docker build -t stylo .
#   docker run -p 127.0.0.1:8000:8000 -v "$PWD/data:/data" stylo
# --build-arg PHOTOS=no leaves out the network that looks at photos (some 1.5 GB): search by photo then answers 503.

FROM python:3.12-slim AS build
ARG PHOTOS=yes
WORKDIR /src
COPY requirements.txt constraints.txt pyproject.toml README.md LICENSE ./
RUN if [ "$PHOTOS" = no ]; then sed -i -E '/^(tensorflow|tensorflow-cpu|keras|openvino)==/d' requirements.txt; fi \
    && python -m venv /venv && /venv/bin/pip install --no-cache-dir -r requirements.txt -c constraints.txt
COPY stylo stylo
RUN /venv/bin/pip install --no-cache-dir '.[operations]' -c constraints.txt && /venv/bin/pip uninstall --yes stylo

FROM python:3.12-slim
# LightGBM's threads
RUN apt-get update && apt-get install --yes --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --create-home stylo && mkdir /data /state && chown stylo /data /state
COPY --from=build /venv /venv
WORKDIR /stylo
COPY *.py ./
COPY stylo stylo
COPY stylo_demo stylo_demo
COPY .streamlit .streamlit
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 STYLO_DATA=/data STYLO_IMAGES=/data/images
USER stylo
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/ready', timeout=2)"]
ENTRYPOINT ["python"]
CMD ["serve.py", "--host", "0.0.0.0"]
